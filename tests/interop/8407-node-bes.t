#!/bin/sh
# node's soap package (debian/packages.npm) against a gatekeeper.
export NODE_PATH="$SRC/build/npm/node_modules"
node -e 'require("soap")' 2>/dev/null || {
    echo "1..0 # SKIP node cannot load the npm package soap: make packages-test installs it"
    exit 0
}
exec "$SRC/tests/lib/serve-gate" alice -- node "$SRC/tests/interop/node-bes.js"

#!/bin/sh
# PHP's SoapClient against a gatekeeper.
php -r 'exit(extension_loaded("soap") ? 0 : 1);' 2>/dev/null || {
    echo "1..0 # SKIP there is no PHP with its soap extension"
    exit 0
}
exec "$SRC/tests/lib/serve-gate" alice -- php "$SRC/tests/interop/php-bes.php"

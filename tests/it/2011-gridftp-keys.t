#!/usr/bin/python3
# tests/it/2011-gridftp-keys.t - no byte of the host's private key is in the
# memory of a session, which is the user's process.
import os
import re
import subprocess
import sys

if os.getuid() != 0:
    print("1..0 # SKIP only root reads the memory of all processes")
    sys.exit()
if "/asan/" in os.environ["BIN"]:
    print("1..0 # SKIP a sanitizer's memory is too large to be searched")
    sys.exit()
SRC = os.environ["SRC"]
sys.path.insert(0, SRC + "/tests/lib")

SETUP = r"""
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"
GRID_KEY=rsa:2048
grid_alice "$PWD/g"
start_daemon gridftp -c g/gatehouse.conf -o gridftp.listen=127.0.0.1:0 || exit 1
mkdir -m 777 d
printf '%s\n' 'test hold' login '> PWD' '< 257' 'local in x' 'until go' >hold.ftpt
DIR=$PWD/d "$SRC/tests/lib/run-dialog" "127.0.0.1:$PORT" hold.ftpt >hold.out &
wait_until test -e d/in || exit 1
echo "$PID $PWD/g/hostkey.pem"
read -r line
touch d/go
wait_until grid_alone "$PID"
"""


def secrets(pem):
    """The numbers of the key, as they lie in memory either way round."""
    text = subprocess.run(["openssl", "rsa", "-in", pem, "-noout", "-text"], capture_output=True, text=True, check=True).stdout
    out = {}
    for name in ("privateExponent", "prime1", "prime2", "exponent1", "exponent2", "coefficient"):
        number = re.search(name + r":\s*((?:[0-9a-f]{2}:?\s*)+)", text).group(1)
        number = bytes.fromhex(re.sub(r"[:\s]", "", number)).lstrip(b"\0")
        out[name] = (number[8:24], number[::-1][8:24])
    with open(pem, encoding="ascii") as f:
        out["PEM"] = (f.read().split("\n")[3].encode(),)
    return out


def found(pid, what):
    out = set()
    with open(f"/proc/{pid}/mem", "rb", 0) as memory, open(f"/proc/{pid}/maps", encoding="utf-8") as maps:
        for line in maps:
            word = line.split()
            if "r" not in word[1] or word[-1].startswith(("[vvar", "[vsyscall")):
                continue
            low, high = (int(n, 16) for n in word[0].split("-"))
            if high - low > 1 << 32:
                continue  # the sanitizer's shadow: a bit a byte, no copies
            try:
                memory.seek(low)
                piece = memory.read(high - low)
            except OSError:
                continue
            out |= {name for name, patterns in what.items() for p in patterns if p in piece}
    return out


print("1..3")
with subprocess.Popen(["bash", "-c", SETUP], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as shell:
    said = shell.stdout.readline().split()
    if len(said) != 2:
        sys.exit("Bail out! no session: " + " ".join(said))
    monitor, pem = said
    children = subprocess.run(["pgrep", "-P", monitor], capture_output=True, text=True, check=True).stdout.split()
    kinds = {}
    for child in children:
        with open(f"/proc/{child}/comm", encoding="ascii") as f:
            kinds[f.read().strip()] = child
    what = secrets(pem)
    in_codec, in_session = found(kinds["gridftp"], what), found(kinds["gridftp-session"], what)
    print("ok 1 - the search finds the key where it is: in the codec" if in_codec else "not ok 1 - nothing found in the codec")
    print("ok 2 - not in the session" if not in_session else "not ok 2 - in the session: " + " ".join(sorted(in_session)))
    shell.communicate("\n")
    print("ok 3 - the session ends" if shell.returncode == 0 else f"not ok 3 - ended with {shell.returncode}")

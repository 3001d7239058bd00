#!/usr/bin/python3
# tests/interop/8201-matrix.t - clients times servers times ways to transfer:
# globus-url-copy, gridcp, ARC's and GFAL's tools with ours and the real server.
#
# Pairs in which nothing is ours run with GATEHOUSE_FULL=1 only: they show what
# the real ones do.  KNOWN lists what they are known not to do.  ONLY=REGEX
# picks cases by title.
import itertools
import os
import pwd
import ssl
import sys
from urllib.parse import quote

sys.path.insert(0, os.path.join(os.environ["SRC"], "tests/lib"))
# pylint: disable=wrong-import-position
import gsiftp
from ftpgrid import FULL, KINDS, ROOT, BIN, Failure, Skip, Tap, World, data, have, read, same, skip_all, write

if not have("globus-url-copy", "globus-gridftp-server"):
    skip_all("globus-url-copy or globus-gridftp-server is not installed")
CLIENTS = {"guc": ["globus-url-copy"], "gridcp": [f"{BIN}/gridcp", "-q"]}
SERVERS = [k for k in ("ours", "real") if k != "ours" or have(f"{BIN}/gridftp")]
if not have(f"{BIN}/gridcp"):
    del CLIENTS["gridcp"]
w = World(kinds=KINDS)
tap = Tap(w)
serial = itertools.count(1)
cases = []
SIZE = 3 * 1024 * 1024 + 17

# What the real ones do, by title: why it is not asked of them.
KNOWN = {
    "real takes language": "the real server takes policy languages that it does not know",
}


def add(title, function, *args):
    if title in KNOWN:
        return
    cases.append((title, function, *args))


def fresh(base):
    """A directory of this case's own, open to the account."""
    d = f"{base}/c{next(serial)}"
    os.mkdir(d)
    os.chmod(d, 0o777)
    return d


def local(path):
    return "file://" + quote(path)


def remote(server, path, host="localhost"):
    return server.url(quote(path), host)


# Done once, these cannot be done again; whoever asks for them looks at what became of it.
GFAL_ONCE = ("gfal-rm", "gfal-rename")


def client(name, *args, fails=False, env=None):
    """Run a client; FAILS: it must, and say something.  Its output."""
    r = w.run([*CLIENTS.get(name, [name]), *args], env=env)
    if "cannot be copied yet" in r.text():
        raise Skip("gridcp does not copy between two servers yet")
    if r.code < 0 and name in GFAL_ONCE and not fails:
        return r.text()
    for _ in range(20):  # its threads race at the end: one run in thirty dies of it, more on a busy machine
        if r.code >= 0 or not name.startswith("gfal"):
            break
        r = w.run([name, *(["-f"] if name == "gfal-copy" else []), *args], env=env)
    if fails and r.code == 0:
        raise Failure(f"{name} ended with 0\n{r.text()}")
    if fails and not r.text().strip():
        raise Failure(f"{name} failed without a word")
    if not fails and r.code != 0:
        raise Failure(f"{name} {' '.join(args)}\nended with {r.code}\n{r.text()}")
    return r.text()


# ---- one file, every mode and protection ----

MODES = {"S": [], "E1": ["-p", "1"], "E2": ["-p", "2"], "E4": ["-p", "4"], "fast": ["-fast"]}
PROTS = {"A": [], "N": ["-nodcau"], "safe": ["-dcsafe"], "priv": ["-dcpriv"]}


def transfer(c, s, way, options, size=SIZE):
    content, there, here = data(size, next(serial)), fresh(w.srv) + "/f", fresh(w.loc) + "/f"
    if way == "get":
        write(there, content)
        client(c, *options, remote(s, there), local(here))
        same(here, content)
    else:
        write(here, content)
        client(c, *options, local(here), remote(s, there))
        same(there, content)


def one_file(c, s):
    pair = f"{c} {s.kind}"
    for way, (m, mode), (p, prot) in itertools.product(("get", "put"), MODES.items(), PROTS.items()):
        if FULL or m in ("S", "E4") or p in ("A", "priv"):
            add(f"{pair} {way} mode {m} dcau/prot {p}", transfer, c, s, way, mode + prot)
    for way, m, size in itertools.product(("get", "put"), ("S", "E2", "fast"), (0, 1, 262144)):
        if m != "fast" or size == 0:
            add(f"{pair} {way} mode {m} of {size} bytes", transfer, c, s, way, MODES[m], size)
    for extra in (["-tcp-bs", "131072"], ["-bs", "65536"], ["-p", "3", "-bs", "10000"], ["-cc", "4"], ["-dp"],
                  ["-p", "2", "-nodcau", "-tcp-bs", "65536"]):
        for way in ("get", "put"):
            add(f"{pair} {way} with {' '.join(extra)}", transfer, c, s, way, extra)


def ipv6(s):
    """The server on ::1: nothing of IPv4 is left."""
    s.url = lambda path="", host="[::1]": f"gsiftp://{host}:{s.port}{path}"
    for c, way, m in itertools.product(CLIENTS, ("get", "put"), ("S", "E2")):
        more = ["-ipv6"] if c == "guc" else []
        add(f"{c} {s.kind} IPv6 {way} mode {m}", transfer_at, c, s, way, MODES[m] + more)
        add(f"{c} {s.kind} IPv6 {way} mode {m} encrypted", transfer_at, c, s, way, MODES[m] + more + ["-dcpriv"])


def transfer_at(c, s, way, options):
    content, there, here = data(SIZE, next(serial)), fresh(w.srv) + "/f", fresh(w.loc) + "/f"
    write(there if way == "get" else here, content)
    ends = (s.url(there), "file://" + here)
    client(c, *options, *(ends if way == "get" else ends[::-1]))
    same(here if way == "get" else there, content)


# ---- parts, and files beyond 4 GiB ----

BORDER = 1 << 32


def part_get(c, s, options, offset, length):
    there, here = fresh(w.srv) + "/f", fresh(w.loc) + "/f"
    content = write(there, data(SIZE))[offset:offset + length]
    client(c, *options, "-off", str(offset), "-len", str(length), remote(s, there), local(here))
    got = read(here)  # written at its offset, or from 0 on
    if got not in (content, b"\0" * offset + content):
        raise Failure(f"{len(got)} bytes, wanted the {len(content)} from {offset} on")


def part_put(c, s, options):
    """A part of a local file goes to the same offset over there."""
    there, here = fresh(w.srv) + "/f", fresh(w.loc) + "/f"
    content = write(here, data(SIZE))
    client(c, *options, "-off", "1000000", "-len", "500000", local(here), remote(s, there))
    got = read(there)
    if got not in (content[1000000:1500000], b"\0" * 1000000 + content[1000000:1500000]):
        raise Failure(f"{len(got)} bytes, not the part")


def border_get(c, s, options):
    there, here = fresh(w.srv) + "/f", fresh(w.loc) + "/f"
    content = data(300000)
    with open(there, "wb") as f:
        f.seek(BORDER - 100000)
        f.write(content)
        f.truncate(BORDER * 5 // 4)
    client(c, *options, "-off", str(BORDER - 1000), "-len", "150000", remote(s, there), local(here))
    size = os.stat(here).st_size
    with open(here, "rb") as f:
        f.seek(size - 150000)
        if f.read() != content[99000:249000]:
            raise Failure(f"the last 150000 of {size} bytes are not what stands at the border")


def border_raw(s, mode):
    """SIZE, REST and CKSM beyond 2^32, and what is sent from there on."""
    there = fresh(w.srv) + "/f"
    content = data(200000)
    with open(there, "wb") as f:
        f.seek(BORDER - 100000)
        f.write(content)
    with session(s) as x:
        if x.expect(213, f"SIZE {there}") != str(BORDER + 100000):
            raise Failure("SIZE")
        if mode == "S":
            got = x.retr_stream(there, rest=BORDER - 5)
        else:
            blocks = x.retr_blocks(there, rest=f"0-{BORDER - 5}")
            got = b"".join(d for o, d in sorted(blocks))
            if min(o for o, d in blocks) != BORDER - 5:
                raise Failure(f"offsets from {min(o for o, d in blocks)}")
        if got != content[99995:]:
            raise Failure(f"{len(got)} bytes from the border on")


def border_put(s, mode):
    """Written beyond 2^32, with a hole before."""
    there = fresh(w.srv) + "/f"
    content = data(100000)
    with session(s) as x:
        with open(there, "wb") as f:
            f.truncate(BORDER - 50000)
        os.chmod(there, 0o666)
        if mode == "S":
            code, text = x.stor_stream(there, content, rest=BORDER - 50000)
        else:
            code, text = x.stor_blocks(there, [(BORDER - 50000, content)], rest=f"0-{BORDER - 50000}")
        if code != 226:
            raise Failure(f"{code} {text}")
    with open(there, "rb") as f:
        f.seek(BORDER - 50000)
        if f.read() != content:
            raise Failure("other bytes at the border")


def parts(c, s):
    pair = f"{c} {s.kind}"
    for (m, mode), (offset, length) in itertools.product(
            (("S", []), ("E2", ["-p", "2"])), ((0, 10), (1000000, 1500000), (SIZE - 5, 5))):
        add(f"{pair} get part {offset}+{length} mode {m}", part_get, c, s, mode, offset, length)
    add(f"{pair} get part that ends after the file", part_get, c, s, [], SIZE - 5, 100)
    for m, mode in (("S", []), ("E2", ["-p", "2"])):
        add(f"{pair} put part mode {m}", part_put, c, s, mode)
        add(f"{pair} get part across 4 GiB mode {m}", border_get, c, s, mode)


# ---- restart, cuts and markers by hand ----

class session:  # pylint: disable=invalid-name
    def __init__(self, s, proxy="alice", **more):
        self.args = (s.port, proxy and w.proxy(proxy), f"{w.pki}/certificates"), more

    def __enter__(self):
        self.x = gsiftp.Session(*self.args[0], **self.args[1])
        return self.x

    def __exit__(self, *_):
        self.x.close()


def restart_get_s(s):
    there = fresh(w.srv) + "/f"
    content = write(there, data(6 * SIZE))  # more than socket buffers hold
    with session(s) as x:
        head = x.retr_stream(there, stop=1000000)
        if x.last[0] < 400:
            raise Failure(f"cut, yet {x.last}")
    with session(s) as x:
        tail = x.retr_stream(there, rest=len(head))
        if head + tail != content or x.last[0] != 226:
            raise Failure(f"{len(head)} and {len(tail)} bytes, {x.last}")


def restart_get_e(s):
    there = fresh(w.srv) + "/f"
    content = write(there, data(SIZE))
    have_ranges = [(0, 1000), (5000, 1000000), (2000000, 2500000)]
    with session(s) as x:
        blocks = x.retr_blocks(there, rest=",".join(f"{a}-{b}" for a, b in have_ranges))
    got = bytearray(len(content))
    for a, b in have_ranges:
        got[a:b] = content[a:b]
    for o, d in blocks:
        if any(o < b and a < o + len(d) for a, b in have_ranges):
            raise Failure(f"sent again: {o}+{len(d)}")
        got[o:o + len(d)] = d
    if bytes(got) != content:
        raise Failure("not the file")


def restart_put_s(s):
    there, content = fresh(w.srv) + "/f", data(SIZE)
    with session(s) as x:
        x.stor_stream(there, content[:1000000], cut=True)
    with session(s) as x:
        code, text = x.stor_stream(there, content[:1000000])
        if code != 226:
            raise Failure(f"{code} {text}")
        code, text = x.stor_stream(there, content[1000000:], rest=1000000)
        if code != 226:
            raise Failure(f"REST: {code} {text}")
    same(there, content)


def restart_put_e(s):
    there, content = fresh(w.srv) + "/f", data(SIZE)
    with session(s) as x:
        code, text = x.stor_blocks(there, [(o, content[o:o + 65536]) for o in range(0, 1310720, 65536)], eof=False)
        if code < 400:
            raise Failure(f"no end of data, yet {code} {text}")
    with session(s) as x:
        code, text = x.stor_blocks(there, [(2000000, content[2000000:]), (1310720, content[1310720:2000000])],
                                   rest="0-1310720")
        if code != 226:
            raise Failure(f"{code} {text}")
    same(there, content)


def dcau(s, who, subject, good):
    """PROT P as WHO, where DCAU A or S SUBJECT asks for somebody."""
    there = fresh(w.srv) + "/f"
    content = write(there, data(70000))
    with session(s, dcau=True) as x:
        x.expect(200, "TYPE I")
        x.expect(200, f"DCAU S {subject}" if subject else "DCAU A")
        x.expect(200, "PBSZ 1048576")
        x.expect(200, "PROT P")
        d, got = x.connect(), b""
        x.send(f"RETR {there}")
        try:
            d = x.secure(d, w.proxy(who))
            while block := d.recv(65536):
                got += block
        except OSError:
            pass
        d.close()
        code, text = x.reply()
        if code < 200:
            code, text = x.reply()
    if (code == 226) != good or (got == content) != good or (got and not good):
        raise Failure(f"{code} {text}, {len(got)} bytes")


def any_order(s):
    there, content = fresh(w.srv) + "/f", data(SIZE)
    blocks = [(o, content[o:o + 10007]) for o in range(0, SIZE, 10007)]
    with session(s) as x:
        code, text = x.stor_blocks(there, blocks[::-2] + blocks[len(blocks) % 2::2])
        if code != 226 or not any(n == 112 for n, _ in x.markers):
            raise Failure(f"{code} {text}, markers {x.markers}")
    same(there, content)


def esto_eret(s, mode):
    there, content = fresh(w.srv) + "/f", data(SIZE)
    with session(s) as x:
        if mode == "S":
            x.stor_stream(there, content[:100000])
            x.stor_stream(there, content[100000:200000], command=f"ESTO A 100000 {there}")
        else:
            x.stor_blocks(there, [(0, content[:100000])])
            x.stor_blocks(there, [(0, content[100000:200000])], command=f"ESTO A 100000 {there}")
        if x.last[0] != 226:
            raise Failure(f"ESTO: {x.last}")
        same(there, content[:200000])
        if mode == "E":
            blocks = x.retr_blocks(there, command=f"ERET P 150000 1000 {there}")
            if sorted(blocks) != [(0, content[150000:151000])]:  # offsets count from the part's begin
                raise Failure(f"ERET: {[(o, len(d)) for o, d in blocks]}")


def by_hand(s):
    for what, f, *more in (("restart of a cut get in mode S", restart_get_s), ("restart from ranges of a get in mode E", restart_get_e),
                           ("restart of a cut put in mode S", restart_put_s), ("restart of a cut put in mode E", restart_put_e),
                           ("blocks in any order", any_order),
                           ("PROT P, DCAU A: oneself", dcau, "alice", "", True),
                           ("PROT P, DCAU A: somebody else gets nothing", dcau, "alice-stranger", "", False),
                           ("PROT P, DCAU A: an untrusted namesake gets nothing", dcau, "alice-untrusted", "", False),
                           ("PROT P, DCAU S: the one named", dcau, "alice-stranger", "/O=Grid/OU=Test/CN=Stranger", True),
                           ("PROT P, DCAU S: the session's own user gets nothing", dcau, "alice", "/O=Grid/OU=Test/CN=Stranger", False), ("ESTO in mode S", esto_eret, "S"), ("ESTO and ERET in mode E", esto_eret, "E"),
                           ("SIZE, REST, RETR beyond 4 GiB in mode S", border_raw, "S"), ("the same in mode E", border_raw, "E"),
                           ("STOR beyond 4 GiB in mode S", border_put, "S"), ("STOR beyond 4 GiB in mode E", border_put, "E")):
        add(f"raw {s.kind} {what}", f, s, *more)


# ---- directories ----

TREE = {"a": 10, "b.dat": 300000, "empty": 0, "sub/c": 1000, "sub/deep/er/d": 5, "sub/e e": 77, **{f"many/{i:03}": i * 11 for i in range(40)}}


def make_tree(d):
    for name, size in TREE.items():
        os.makedirs(os.path.dirname(f"{d}/{name}"), exist_ok=True)
        write(f"{d}/{name}", data(size, len(name)))


def check_tree(d):
    found = sorted(os.path.relpath(f"{p}/{f}", d) for p, _, fs in os.walk(d) for f in fs)
    if found != sorted(TREE):
        raise Failure(f"files {sorted(set(found) ^ set(TREE))[:5]} differ")
    for name, size in TREE.items():
        same(f"{d}/{name}", data(size, len(name)))


def tree(c, s, way, options):
    there, here = fresh(w.srv), fresh(w.loc)
    make_tree(there if way == "get" else here)
    ends = (remote(s, there) + "/", local(here) + "/to/")
    if way == "put":
        ends = (local(here) + "/", remote(s, there) + "/to/")
    client(c, "-r", "-cd", *options, *ends)
    check_tree((here if way == "get" else there) + "/to")


def listing(c, s):
    there = fresh(w.srv)
    make_tree(there)
    text = client(c, "-list", remote(s, there) + "/")
    for name in ("a", "b.dat", "empty", "sub", "many"):
        if name not in text:
            raise Failure(f"no '{name}' in\n{text}")


def file_list(c, s, way):
    """-f with lines of every kind, quoted ones and remarks too."""
    there, here = fresh(w.srv), fresh(w.loc)
    names = ["one", "two words", "three"]
    for i, n in enumerate(names):
        write(f"{there if way == 'get' else here}/{n}", data(1000, i))
    with open(f"{here}/list", "w") as f:
        f.write("# what to copy\n\n")
        for n in names:
            ends = (s.url(f"{there}/{n}"), f"file://{here}/{n}")
            f.write(" ".join(f'"{e}"' for e in (ends if way == "get" else ends[::-1])) + "\n")
    client(c, "-f", f"{here}/list")
    for i, n in enumerate(names):
        same(f"{here if way == 'get' else there}/{n}", data(1000, i))


def directories(c, s):
    pair = f"{c} {s.kind}"
    for way, options in itertools.product(("get", "put"), ([], ["-p", "2"], ["-fast"], ["-cc", "3"], ["-pp"], ["-pp", "-cc", "2", "-fast"],
                                                           ["-dcpriv"], ["-nodcau", "-fast"])):
        add(f"{pair} {way} -r {' '.join(options)}", tree, c, s, way, options)
    add(f"{pair} -list", listing, c, s)
    for way in ("get", "put"):
        add(f"{pair} {way} -f list", file_list, c, s, way)


# ---- odd names ----

NAMES = {"blanks": " two  blanks ", "UTF-8": "Zürich-日本語", "newline": "a\nb", "percent": "100%41%zz%", "dash": "-rf",
         "quotes": "it's \"it\"", "backslash": "a\\b", "shell": "$(reboot);`x`&|<>", "hash": "a#b?c=d", "long": "n" * 250,
         "stars": "a*b[c]d", "tilde": "~root", "latin1": b"caf\xe9".decode("utf-8", "surrogateescape"), "equals": "a=b,c;d"}


def odd_name(c, s, name):
    d, here = fresh(w.srv), fresh(w.loc)
    content = write(f"{here}/f", data(5000))
    path = quote(f"{d}/{name}".encode("utf-8", "surrogateescape"))
    client(c, local(here) + "/f", s.url(path))
    if os.listdir(d) != [name]:
        raise Failure(f"made {os.listdir(d)!r}")
    client(c, s.url(path), local(here) + "/g")
    same(f"{here}/g", content)


def odd_tree(c, s):
    """All of them below one directory, there and back."""
    there, here = fresh(w.srv), fresh(w.loc)
    names = [n for k, n in NAMES.items() if k != "newline" and (c == "gridcp" or k not in GUC_NAMES)]
    for n in names:
        write(f"{here}/{n}", n.encode("utf-8", "surrogateescape"))
    client(c, "-r", "-cd", local(here) + "/", remote(s, there) + "/up/")
    client(c, "-r", "-cd", remote(s, there) + "/up/", local(here) + "/down/")
    if sorted(os.listdir(f"{here}/down")) != sorted(names):
        raise Failure(f"{sorted(set(os.listdir(here + '/down')) ^ set(names))!r}")


# MLSD's lines end where a name's newline does; globus-url-copy globs in the last part of a source, and does not
# encode a quotation mark that it finds in a directory
GUC_NAMES = {"stars", "quotes", "latin1"}


def names(c, s):
    for kind, name in NAMES.items():
        if c == "guc" and kind == "stars":
            continue
        add(f"{c} {s.kind} name with {kind}", odd_name, c, s, name)
    add(f"{c} {s.kind} tree of odd names", odd_tree, c, s)


# ---- what must fail, and leave nothing behind ----

def get_missing(c, s):
    here = fresh(w.loc)
    client(c, remote(s, fresh(w.srv)) + "/none", local(here) + "/f", fails=True)
    if os.path.exists(f"{here}/f") and os.path.getsize(f"{here}/f"):
        raise Failure("something was made")


def put_missing_dir(c, s):
    here, there = fresh(w.loc), fresh(w.srv)
    write(f"{here}/f", b"x")
    client(c, local(here) + "/f", remote(s, there) + "/none/f", fails=True)
    if os.listdir(there):
        raise Failure("something was made")


def put_cd(c, s):
    here, there = fresh(w.loc), fresh(w.srv)
    write(f"{here}/f", b"x")
    for n in ("1", "2"):
        client(c, "-cd", local(here) + "/f", remote(s, there) + f"/a/b/c/f{n}")
        same(f"{there}/a/b/c/f{n}", b"x")


def get_unreadable(c, s):
    here, there = fresh(w.loc), fresh(w.srv)
    write(f"{there}/f", b"secret", 0)
    client(c, remote(s, there) + "/f", local(here) + "/f", fails=True)
    if os.path.exists(f"{here}/f") and b"secret" in read(f"{here}/f"):
        raise Failure("read what is closed")


def put_unwritable(c, s):
    here, there = fresh(w.loc), fresh(w.srv)
    write(f"{here}/f", b"x")
    os.chmod(there, 0o555)
    client(c, local(here) + "/f", remote(s, there) + "/f", fails=True)
    if os.listdir(there):
        raise Failure("something was made")


def put_readonly(c, s):
    """A file that its mode protects keeps what it has."""
    here, there = fresh(w.loc), fresh(w.srv)
    write(f"{here}/f", b"new")
    write(f"{there}/f", b"old", 0o444)
    os.chmod(there, 0o555)
    client(c, local(here) + "/f", remote(s, there) + "/f", fails=True)
    same(f"{there}/f", b"old")


def put_onto_dir(c, s):
    here, there = fresh(w.loc), fresh(w.srv)
    write(f"{here}/f", b"x")
    os.mkdir(f"{there}/d")
    os.chmod(f"{there}/d", 0o777)
    # gridcp copies into a directory, as cp does; the others fail
    client(c, local(here) + "/f", remote(s, there) + "/d", fails=c != "gridcp")
    if os.listdir(f"{there}/d") != (["f"] if c == "gridcp" else []):
        raise Failure(f"in the directory: {os.listdir(f'{there}/d')}")


def get_dir(c, s):
    there, here = fresh(w.srv), fresh(w.loc)
    os.mkdir(f"{there}/d")
    client(c, remote(s, there) + "/d", local(here) + "/f", fails=True)


def list_with_hole(c, s):
    """-c: the others arrive, and the end is not 0 (the real client says 0)."""
    there, here = fresh(w.srv), fresh(w.loc)
    for n in "ac":
        write(f"{there}/{n}", n.encode())
    with open(f"{here}/list", "w") as f:
        f.writelines(f"{s.url(there)}/{n} file://{here}/{n}\n" for n in "abc")
    client(c, "-c", "-f", f"{here}/list", fails=True)
    same(f"{here}/a", b"a")
    same(f"{here}/c", b"c")


def overwrite(c, s):
    here, there = fresh(w.loc), fresh(w.srv)
    write(f"{there}/f", data(SIZE), 0o666)
    content = write(f"{here}/f", data(1000, 5))
    client(c, local(here) + "/f", remote(s, there) + "/f")
    same(f"{there}/f", content)
    write(f"{here}/g", data(SIZE))
    client(c, remote(s, there) + "/f", local(here) + "/g")
    same(f"{here}/g", content)


def overwrite_shared(c, s):
    """One's own file, in a group that one is not in, keeps owner, group and mode."""
    here, there = fresh(w.loc), fresh(w.srv)
    if not ROOT:
        raise Skip("only root gives files to other groups")
    write(f"{there}/f", b"old", 0o664)
    os.chown(f"{there}/f", pwd.getpwnam(w.account).pw_uid, 0)
    content = write(f"{here}/f", data(SIZE))
    client(c, local(here) + "/f", remote(s, there) + "/f")
    same(f"{there}/f", content)
    st = os.stat(f"{there}/f")
    if (st.st_gid, st.st_mode & 0o777) != (0, 0o664):
        raise Failure(f"group {st.st_gid}, mode {st.st_mode:o}")


def nobody_listens(c, _s):
    here = fresh(w.loc)
    client(c, "-rst-retries", "1", "gsiftp://127.0.0.1:1/f", local(here) + "/f", fails=True)


def wrong_name(c, s):
    """The certificate does not hold this name of the loopback."""
    client(c, remote(s, "/etc/hostname", "127.0.0.2"), local(fresh(w.loc)) + "/f", fails=True)


def foreign_trust(c, s):
    """A client that does not trust the server's CA sends it nothing."""
    there, here = fresh(w.srv), fresh(w.loc)
    write(f"{here}/f", b"x")
    os.mkdir(f"{here}/trust")
    client(c, local(here) + "/f", remote(s, there) + "/f", fails=True, env={"X509_CERT_DIR": f"{here}/trust"})
    if os.listdir(there):
        raise Failure("something was sent")


def subject(c, s):
    here, there = fresh(w.loc), fresh(w.srv)
    write(f"{there}/f", b"x")
    client(c, "-s", "/O=Grid/OU=Test/CN=localhost", remote(s, there) + "/f", local(here) + "/f")
    same(f"{here}/f", b"x")
    client(c, "-s", "/O=Grid/OU=Test/CN=elsewhere", remote(s, there) + "/f", local(here) + "/g", fails=True)


def failures(c, s):
    for f in (get_missing, put_missing_dir, put_cd, get_unreadable, put_unwritable, put_readonly, put_onto_dir, get_dir,
              overwrite, overwrite_shared, nobody_listens, wrong_name, foreign_trust, subject):
        add(f"{c} {s.kind} {f.__name__.replace('_', ' ')}", f, c, s)
    if c == "gridcp":
        add(f"{c} {s.kind} list with hole", list_with_hole, c, s)


# ---- credentials ----

TAKEN = ("full", "two", "limited")
OURS_REFUSES = ("language",)  # the real one takes any policy


def login(s, kind, version):
    good = kind in TAKEN or (s.kind == "real" and kind in OURS_REFUSES)
    try:
        with session(s, f"alice-{kind}" if kind else None, tls=version) as x:
            x.expect(2, "PWD")
    except gsiftp.Refused as e:
        if good:
            raise Failure(f"refused: {e}") from None
        if not 500 <= e.code < 600 and e.code != 421:
            raise Failure(f"refused by {e}") from None
        return
    except ConnectionError as e:
        raise Failure(f"no reply: {e}") from None
    if not good:
        raise Failure("taken")


def client_kind(c, s, kind):
    there, here = fresh(w.srv), fresh(w.loc)
    write(f"{there}/f", b"x")
    client(c, remote(s, there) + "/f", local(here) + "/f", fails=kind not in TAKEN,
           env={"X509_USER_PROXY": w.proxy(f"alice-{kind}")})
    if kind in TAKEN:
        same(f"{here}/f", b"x")


def plain_cert(c, s):
    """The user's certificate and key, without a proxy."""
    there, here = fresh(w.srv), fresh(w.loc)
    content = write(f"{here}/f", data(70000))
    if os.path.exists(f"/tmp/x509up_u{os.geteuid()}"):
        raise Skip("this user has a proxy in /tmp, which comes first")
    client(c, local(here) + "/f", remote(s, there) + "/f",
           env={"X509_USER_PROXY": None, "X509_USER_CERT": f"{w.pki}/alicecert.pem", "X509_USER_KEY": f"{w.pki}/alicekey.pem"})
    same(f"{there}/f", content)


def credentials(s):
    for kind in KINDS:
        add(f"{s.kind} {'takes' if kind in TAKEN else 'refuses'} {kind}" if (s.kind, kind) != ("real", "language") else
            "real takes language", login, s, kind, ssl.TLSVersion.TLSv1_3)
        if FULL or kind in ("full", "limited", "expired", "revoked", "forged", "stranger"):
            add(f"{s.kind} {'takes' if kind in TAKEN else 'refuses'} {kind}, TLS 1.2", login, s, kind, ssl.TLSVersion.TLSv1_2)
    add(f"{s.kind} refuses a login without a certificate", login, s, None, ssl.TLSVersion.TLSv1_3)


def client_credentials(c, s):
    for kind in ("two", "limited", "expired", "untrusted", "revoked", "stranger"):
        add(f"{c} {s.kind} with {kind}", client_kind, c, s, kind)
    add(f"{c} {s.kind} with certificate and key", plain_cert, c, s)


# ---- between two servers ----

def third(c, a, b, options):
    there, to = fresh(w.srv), fresh(w.srv)
    content = write(f"{there}/f", data(SIZE, next(serial)))
    client(c, *options, remote(a, there) + "/f", remote(b, to) + "/g")
    same(f"{to}/g", content)


def third_tree(c, a, b, options):
    there, to = fresh(w.srv), fresh(w.srv)
    make_tree(there)
    client(c, "-r", "-cd", *options, remote(a, there) + "/", remote(b, to) + "/to/")
    check_tree(f"{to}/to")


def third_missing(c, a, b):
    to = fresh(w.srv)
    client(c, remote(a, to) + "/none", remote(b, to) + "/g", fails=True)


def third_zero(c, a, b):
    there, to = fresh(w.srv), fresh(w.srv)
    write(f"{there}/f", b"")
    client(c, "-p", "2", remote(a, there) + "/f", remote(b, to) + "/g")
    same(f"{to}/g", b"")


def third_party(c, a, b):
    pair = f"{c} {a.kind}->{b.kind}"
    for options in ([], ["-p", "4"], ["-nodcau"], ["-dcpriv"], ["-fast"], ["-notpt"], ["-p", "2", "-dcsafe"]):
        add(f"{pair} {' '.join(options)}", third, c, a, b, options)
    if c == "guc":
        for options in (["-stripe"], ["-stripe", "-p", "2"], ["-stripe", "-sbs", "65536"]):
            add(f"{pair} {' '.join(options)}", third, c, a, b, options)
    for options in ([], ["-pp", "-cc", "2"], ["-fast"]):
        add(f"{pair} -r {' '.join(options)}", third_tree, c, a, b, options)
    add(f"{pair} missing source", third_missing, c, a, b)
    add(f"{pair} -p 2 of 0 bytes", third_zero, c, a, b)


# ---- ARC and GFAL ----

def arc_copy(s, way, options):
    content, there, here = data(SIZE, next(serial)), fresh(w.srv) + "/f", fresh(w.loc) + "/f"
    write(there if way == "get" else here, content)
    ends = (s.url(there), "file://" + here)
    client("arccp", *options, *(ends if way == "get" else ends[::-1]))
    same(here if way == "get" else there, content)


def arc_ls(s):
    there = fresh(w.srv)
    write(f"{there}/some", data(1234))
    os.mkdir(f"{there}/dir")
    text = client("arcls", "-l", s.url(there))
    if not any(li.split()[:3] == ["some", "file", "1234"] for li in text.splitlines()) or "dir" not in text:
        raise Failure(text)


def arc_manage(s):
    there = fresh(w.srv)
    write(f"{there}/f", b"x")
    os.chmod(there, 0o777)
    client("arcmkdir", s.url(there + "/d"))
    client("arcrename", s.url(there + "/f"), s.url(there + "/d/g"))
    same(f"{there}/d/g", b"x")
    client("arcrm", s.url(there + "/d/g"))
    if os.listdir(f"{there}/d"):
        raise Failure("still there")


def arc_fails(s):
    there, here = fresh(w.srv), fresh(w.loc)
    client("arccp", s.url(there + "/none"), f"file://{here}/f", fails=True)
    client("arcls", s.url(there + "/none"), fails=True)


def arc(s):
    if not have("arccp", "arcls"):
        return
    for way, options in itertools.product(("get", "put"), ([], ["-u"], ["-p"], ["-n"])):
        add(f"arccp {s.kind} {way} {' '.join(options)}", arc_copy, s, way, options)
    for f in (arc_ls, arc_manage, arc_fails):  # no -r: it takes '.' for a file
        add(f"arc {s.kind} {f.__name__[4:]}", f, s)


def gfal_copy(s, way, options, size=SIZE):
    content, there, here = data(size, next(serial)), fresh(w.srv) + "/f", fresh(w.loc) + "/f"
    write(there if way == "get" else here, content)
    ends = (s.url(there), "file://" + here)
    client("gfal-copy", *options, *(ends if way == "get" else ends[::-1]))
    same(here if way == "get" else there, content)


def gfal_third(a, b):
    there, to = fresh(w.srv), fresh(w.srv)
    content = write(f"{there}/f", data(SIZE))
    client("gfal-copy", a.url(there + "/f"), b.url(to + "/g"))
    same(f"{to}/g", content)


def gfal_ls(s):
    there = fresh(w.srv)
    write(f"{there}/some name", data(1234))
    os.mkdir(f"{there}/dir")
    text = client("gfal-ls", "-l", s.url(there))
    if "some name" not in text or "1234" not in text or not any(li.startswith("d") for li in text.splitlines()):
        raise Failure(text)
    if "1234" not in client("gfal-stat", s.url(there + "/some%20name")):
        raise Failure("gfal-stat")


def gfal_sum(s, algorithm):
    import hashlib
    import zlib
    there = fresh(w.srv)
    content = write(f"{there}/f", data(SIZE))
    want = f"{zlib.adler32(content):08x}" if algorithm == "ADLER32" else hashlib.new(algorithm.lower(), content).hexdigest()
    text = client("gfal-sum", s.url(there + "/f"), algorithm)
    if text.split()[-1] != want:
        raise Failure(f"{text} is not {want}")


def gfal_manage(s):
    there = fresh(w.srv)
    client("gfal-mkdir", "-p", s.url(there + "/a/b"))
    write(f"{there}/f", b"x" * 100)
    if client("gfal-cat", s.url(there + "/f")) != "x" * 100:
        raise Failure("gfal-cat")
    client("gfal-rename", s.url(there + "/f"), s.url(there + "/a/g"))
    client("gfal-copy", s.url(there + "/a/g"), s.url(there + "/a/h"))  # ours from now on
    client("gfal-chmod", "640", s.url(there + "/a/h"))
    if os.stat(f"{there}/a/h").st_mode & 0o777 != 0o640:
        raise Failure("gfal-chmod")
    client("gfal-rm", "-r", s.url(there + "/a"))
    if os.listdir(there):
        raise Failure(f"left {os.listdir(there)}")


def gfal_fails(s):
    there, here = fresh(w.srv), fresh(w.loc)
    for a in (["gfal-copy", s.url(there + "/none"), f"file://{here}/f"], ["gfal-ls", s.url(there + "/none")],
              ["gfal-rm", s.url(there + "/none")], ["gfal-sum", s.url(there + "/none"), "MD5"],
              ["gfal-mkdir", s.url(there)]):
        client(*a, fails=True)


def gfal(s):
    if not have("gfal-copy"):
        return
    for way, options in itertools.product(("get", "put"), ([], ["-n", "4"], ["-K", "ADLER32"], ["-p"])):
        if not (way == "get" and options == ["-p"]):
            add(f"gfal-copy {s.kind} {way} {' '.join(options)}", gfal_copy, s, way, options)
    for way in ("get", "put"):
        add(f"gfal-copy {s.kind} {way} of 0 bytes", gfal_copy, s, way, [], 0)
    for algorithm in ("ADLER32", "MD5", "SHA1", "SHA256"):
        add(f"gfal-sum {s.kind} {algorithm}", gfal_sum, s, algorithm)
    for f in (gfal_ls, gfal_manage, gfal_fails):
        add(f"gfal {s.kind} {f.__name__[5:]}", f, s)


# gfal looks for an interpreter with its modules: that of the distribution has them
w.env.update(GFAL_PYTHONBIN="/usr/bin/python3", HOME=fresh(w.dir))
servers = [w.start(k) for k in SERVERS]
for server in servers:
    if server.kind == "ours" or FULL:
        by_hand(server)
        arc(server)
        gfal(server)
    credentials(server)
    for cl in CLIENTS:
        if FULL or "gridcp" == cl or server.kind == "ours":
            for group in (one_file, parts, directories, names, failures, client_credentials):
                group(cl, server)
if "ours" in SERVERS and os.path.exists("/proc/net/if_inet6"):
    with open("/proc/net/if_inet6") as lines:
        if any(line.split()[5] == "lo" for line in lines):
            ipv6(w.start("ours", "-o", "gridftp.listen=[::1]:0"))
for src, dst in itertools.product(servers, servers):
    if have("gfal-copy") and (FULL or "ours" in (src.kind, dst.kind)):
        add(f"gfal-copy {src.kind}->{dst.kind}", gfal_third, src, dst)
    for cl in CLIENTS:
        if FULL or cl == "gridcp" or "ours" in (src.kind, dst.kind):
            third_party(cl, src, dst)
tap.run(cases)
tap.done()

#!/usr/bin/python3
"""What a hostile or a careless client does to transfers: data connections that nobody uses or that strangers open,
restarts of parts, appending in MODE E, commands without a data address, STORATTR, STOU."""
import os
import pwd
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
import gsiftp  # pylint: disable=wrong-import-position
from ftpgrid import BIN, Failure, Skip, Tap, World, have, read, same, skip_all, until, write  # pylint: disable=wrong-import-position

if not have(f"{BIN}/gridftp"):
    skip_all("gridftp is not built")
w = World(users=("alice", "bob"))
server, lonely, hasty = w.start("ours"), w.start("ours"), w.start("ours", "-o", "gridftp.data_timeout=3")
tap = Tap(w)
END = gsiftp.EOF | gsiftp.EOD


def session(**more):
    return gsiftp.Session(server.port, w.proxy("alice"), f"{w.pki}/certificates", **more)


def must(what, condition):
    if not condition:
        raise Failure(what)


def mine(name, content):
    """A file that the account may write, which belongs to whoever runs the test: it is written in place."""
    path = f"{w.srv}/{name}"
    write(path, content, 0o666)
    return path


def header(flags, count, offset):
    return struct.pack("!BQQ", flags, count, offset)


def stor_private(x, path, *others, mode="E"):
    """STOR "abc" under PROT P, while OTHERS, callables with the data address, have connected before and after.  The reply."""
    for line in ("PBSZ 1048576", "PROT P", "TYPE I", "MODE " + mode):
        x.expect(200, line)
    address, conns = x.pasv(), []
    x.send(f"STOR {path}")
    conns.append(others[0](address))
    good = x.secure(socket.create_connection(address))
    conns += [f(address) for f in others[1:]]
    good.sendall(header(0, 3, 0) + b"abc" + header(END, 0, 1) if mode == "E" else b"abc")
    if mode == "S":
        good.unwrap()
        good.close()
    code, text = x.reply()
    must(f"it begins: {code} {text}", code == 150)
    code = x.reply()
    for c in conns:
        c.close()
    return code


def mute(address):
    return socket.create_connection(address)


def stranger(address):
    """From another host than the client's, and it talks nonsense."""
    s = socket.create_connection(address, source_address=("127.0.0.2", 0))
    s.sendall(b"GET / HTTP/1.1\r\n\r\n")
    return s


def mute_stranger(address):
    return socket.create_connection(address, source_address=("127.0.0.2", 0))


def unused(mode, *others):
    with session(dcau=True) as x:
        path = f"{w.srv}/unused-{mode}-{others[0].__name__}"
        code, text = stor_private(x, path, *others, mode=mode)
        must(f"{code} {text}", code == 226)
        same(path, b"abc")


def impostor():
    """From the client's own host: that is the client's mistake, and it is told at once."""
    with session(dcau=True) as x:
        def bob(address):
            s = x.secure(socket.create_connection(address), w.proxy("bob"))
            s.sendall(header(END, 0, 1))
            return s
        for line in ("PBSZ 1048576", "PROT P", "TYPE I", "MODE E"):
            x.expect(200, line)
        address = x.pasv()
        x.send(f"STOR {w.srv}/impostor")
        x.expect(150)
        s = bob(address)
        text = x.expect(425)
        s.close()
        must(text, "Bob" in text)
        must("nothing stands there", not os.path.exists(f"{w.srv}/impostor"))


def two_connections(x):
    """For MODE E."""
    x.expect(200, "MODE E")
    address = x.pasv()
    return socket.create_connection(address), socket.create_connection(address)


def abort_after_end():
    """All ends of data are there, and another connection still sends: ABOR is heard."""
    with session() as x:
        a, b = two_connections(x)
        x.expect(150, f"STOR {w.srv}/abort")
        b.sendall(header(0, 10, 0) + b"x")
        part = f"{w.srv}/.abort.part-gridftp"
        until("it has begun", lambda: os.path.exists(part) and os.path.getsize(part) == 1)
        a.sendall(header(END, 0, 1))
        code, text = x.command("ABOR")
        must(f"{code} {text}", code == 426)
        x.expect(226)
        a.close()
        b.close()
        x.expect(200, "NOOP")


def abort_connecting(mode):
    """The client's port takes no connection and refuses none: ABOR does not wait for the daemon to give up (30 s)."""
    with session(timeout=20) as x, socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        p = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for s in waiting:
            s.setblocking(False)
            s.connect_ex(("127.0.0.1", p))
        path = mine("connecting" + mode, b"abc")
        x.expect(200, "MODE " + mode)
        x.expect(200, f"PORT 127,0,0,1,{p >> 8},{p & 255}")
        x.expect(150, f"RETR {path}")
        x.expect(426, "ABOR")
        x.expect(226)
        for s in waiting:
            s.close()


def no_address():
    path = mine("precious", b"precious")
    with session() as x:
        code, text = x.command(f"STOR {path}")
        must(f"{code} {text}", code == 425)
        same(path, b"precious")
        x.expect(200, "PROT P")
        x.pasv()
        code, text = x.command(f"STOR {path}")
        must(f"{code} {text}", code == 425 or code // 100 == 5)
        same(path, b"precious")


def no_address_keeps_part():
    with session() as x:
        x.stor_blocks(f"{w.srv}/cut", [(0, b"abc")], eof=False)
        must("a part is left", read(f"{w.srv}/.cut.part-gridftp") == b"abc")
        x.expect(226, "ABOR")
        x.expect(425, f"STOR {w.srv}/cut")
        must("it is left still", read(f"{w.srv}/.cut.part-gridftp") == b"abc")


def esto_restart():
    path = mine("esto", b"0123456789abcdefghij")
    with session() as x:
        code, text = x.stor_stream(path, b"XY", rest=5, command=f"ESTO A 10 {path}")
        must(f"{code} {text}", code == 226)
    same(path, b"0123456789abcdeXYhij")


def far_away():
    """Offsets that only together are beyond the end of all files are refused, or have nothing there; the session goes on."""
    path, far = mine("far", b"0123456789"), (1 << 63) - 1
    with session() as x:
        for rest, offset, length in ((far, 5, 5), (5, far, 0)):
            must("nothing there", x.retr_stream(path, rest=rest, command=f"ERET P {offset} {length} {path}") == b"")
            must(str(x.last), x.last[0] == 226)
        must("inside", x.retr_stream(path, rest=2, command=f"ERET P 5 4 {path}") == b"78")
        x.expect(350, f"REST {far}")
        x.pasv()
        x.expect(452, f"ESTO A 5 {path}")
        code, text = x.stor_blocks(path, [(far - 4, b"abc")], command=f"ESTO A 5 {path}")
        must(f"{code} {text}", code == 426 and "beyond 2^63" in text)
        x.expect(200, "NOOP")
    same(path, b"0123456789")


def appe_blocks():
    path = mine("appe", b"0123456789")
    with session() as x:
        code, text = x.stor_blocks(path, [(3, b"def"), (0, b"abc")], command=f"APPE {path}")
        must(f"{code} {text}", code == 226)
        same(path, b"0123456789abcdef")
        code, text = x.stor_blocks(f"{w.srv}/appe2", [(3, b"def"), (0, b"abc")], command=f"APPE {w.srv}/appe2")
        must(f"{code} {text}", code == 226)
    same(f"{w.srv}/appe2", b"abcdef")


def stou():
    with session() as x:
        x.expect(250, f"CWD {w.srv}")
        x.expect(425, "STOU")
        x.expect(200, "TYPE I")
        d = x.connect()
        text = x.expect(150, "STOU")
        must(text, text.startswith("FILE: "))
        d.sendall(b"abc")
        d.close()
        x.expect(226)
        same(f"{w.srv}/{text[6:]}", b"abc")


def stou_delayed():
    with session() as x:
        x.expect(250, f"CWD {w.srv}")
        x.expect(200, "TYPE I")
        x.expect(200, "OPTS PASV AllowDelayed=1;")
        x.expect(200, "PASV")
        text = x.expect(127, "STOU")
        h = [int(v) for v in text[text.index("(") + 1:text.index(")")].split(",")]
        d = socket.create_connection((".".join(map(str, h[:4])), h[4] * 256 + h[5]))
        text = x.expect(150)
        must(text, text.startswith("FILE: "))
        d.close()
        x.expect(226)


def storattr_cut():
    """The part of a cut transfer was longer than the file is now: what cuts it must not touch its time."""
    with session() as x:
        x.stor_blocks(f"{w.srv}/timed", [(0, b"0123456789"), (20, b"tail")], eof=False)
        x.expect(226, "ABOR")
        x.expect(250, "SITE STORATTR modify=20200102030405;")
        code, text = x.stor_blocks(f"{w.srv}/timed", [(10, b"abc")], rest="0-10")
        must(f"{code} {text}", code == 226)
        same(f"{w.srv}/timed", b"0123456789abc")
        text = x.expect(213, f"MDTM {w.srv}/timed")
        must(text, text == "20200102030405")


def storattr_refused():
    """The owner alone may set a time: another's file, written in place, cannot have it, and that is said."""
    path = mine("foreign", b"old")
    if os.stat(path).st_uid == os.stat(w.srv).st_uid:
        return
    with session() as x:
        x.expect(250, "SITE STORATTR modify=20200102030405;")
        code, text = x.stor_stream(path, b"new")
        must(f"{code} {text}", code // 100 == 5)


def deep(levels):
    """A directory, LEVELS below it, each with a file; the names, as MLSR says them."""
    top = at = f"{w.loc}/deep{levels}"
    os.mkdir(top)
    for _ in range(levels):
        at += "/d"
        os.mkdir(at)
        write(at + "/f", b"x")
    return top, {"d/" * n + "f" for n in range(1, levels + 1)}


def deep_list():
    """MLSR leaves out nothing that there is; what is too deep for it is said, not left out."""
    with session() as x:
        top, names = deep(100)
        listing = x.retr_stream(None, command=f"MLSR {top}").decode()
        must("all of it", names <= {line.partition("; ")[2] for line in listing.splitlines()})
        top, _ = deep(600)
        x.pasv()
        x.expect(553, f"MLSR {top}")
        subprocess.run(["rm", "-rf", top], check=True)  # too deep for Python, too


def abort_list():
    """A listing is made before it is sent: ABOR ends that as well."""
    with session() as x:
        x.pasv()
        x.sock.sendall(x.wrap(f"MLSR {w.srv}") + x.wrap("ABOR"))
        x.expect(426)
        x.expect(226)
        x.expect(200, "NOOP")


def abort_sum():
    """ABOR ends the sum that it came for, and is not answered again when something else fails later."""
    path = f"{w.srv}/summed"
    with open(path, "wb") as f:
        f.truncate(1 << 30)
    with session() as x:
        x.sock.sendall(x.wrap(f"CKSM SHA512 0 -1 {path}") + x.wrap("ABOR"))
        x.expect(426)
        x.expect(226)
        x.expect(550, f"DELE {w.srv}/nothing")
        x.retr_stream(path, stop=1)
        must(str(x.last), x.last[0] == 426)
        x.expect(200, "NOOP")


def abort_removal():
    """A large tree goes entry by entry: ABOR stops that, and what is left stays."""
    tree = f"{w.srv}/tree"
    os.mkdir(tree)
    for i in range(200):
        write(f"{tree}/{i}", b"")
    if os.geteuid() == 0:
        shutil.chown(tree, w.account)
    alone = w.start("ours")
    with gsiftp.Session(alone.port, w.proxy("alice"), f"{w.pki}/certificates") as x:
        pid = next(p for p in alone.sessions() if read(f"/proc/{p}/comm") == b"gridftp-session\n")
        os.kill(pid, signal.SIGSTOP)
        # what comes in the clear the codec answers itself, after it has taken the two
        x.sock.sendall(x.wrap(f"SITE RDEL {tree}") + x.wrap("ABOR") + b"NOOP\r\n")
        x.expect(533)
        os.kill(pid, signal.SIGCONT)
        x.expect(426)
        x.expect(226)
        must("something is left", os.path.isdir(tree) and os.listdir(tree))
        x.expect(250, f"SITE RDEL {tree}")
        must("nothing is left", not os.path.exists(tree))
        x.expect(200, "NOOP")


def memory(pid):
    """KiB, at most, that process PID had."""
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return int(next(li for li in f if li.startswith("VmHWM")).split()[1])


def flood_sum():
    """Commands that are sent ahead while a sum is computed wait where they are, not in the session's memory."""
    if "asan" in BIN:
        raise Skip("the sanitizer's memory is not ours")
    path, lines = f"{w.srv}/sparse", 200
    with open(path, "wb") as f:
        f.truncate(1 << 30)
    alone = w.start("ours")
    with gsiftp.Session(alone.port, w.proxy("alice"), f"{w.pki}/certificates") as x:
        before = {p: memory(p) for p in alone.sessions()}
        x.send(f"CKSM MD5 0 -1 {path}")
        ahead = b"".join(x.wrap("NOOP " + "x" * 60000) for _ in range(lines))
        sender = threading.Thread(target=x.sock.sendall, args=(ahead,))
        sender.start()
        x.expect(213)
        for _ in range(lines):
            x.expect(200)
        sender.join()
        more = max(memory(p) - n for p, n in before.items())
        must(f"{more} KiB more", more < 4096)


def taken_part(make):
    """The name of the part is somebody else's: the file that comes does not stand under its own before it is whole."""
    name = "taken-" + make.__name__
    path, part = f"{w.srv}/{name}", f"{w.srv}/.{name}.part-gridftp"
    make(part)
    if make is anothers and os.stat(part).st_uid == os.stat(w.srv).st_uid:
        raise Skip("only root makes files of another")
    with session() as x:
        x.stor_blocks(path, [(0, b"abc")], eof=False)
        must("what is cut does not stand there", not os.path.exists(path))
        code, text = x.stor_blocks(path, [(3, b"def")], rest="0-3")
        must(f"it goes on: {code} {text}", code == 226)
        same(path, b"abcdef")
        must("the other's is left", os.path.lexists(part))
        must("ours is gone", sorted(f for f in os.listdir(w.srv) if name in f) == [f".{name}.part-gridftp", name])


def forged_lines():
    """A name that holds a reply, or a line of a listing, is one name all the same: who walks a tree did not choose it."""
    os.mkdir(f"{w.srv}/names")
    evil = f"{w.srv}/names/x\r\n250 End.\r\n213 End.\r\n226 forged\r\nline"
    write(evil, b"abc")
    os.symlink("to\nforged", f"{w.srv}/names/link")
    with session() as x:
        for line in [f"{v} {evil}" for v in ("MLST", "STAT", "SIZE", "CWD", "MKD", "RNFR")] + [f"MLSC {w.srv}/names"]:
            x.command(line)
            x.expect(200, "NOOP")
        for verb in ("LIST", "NLST", "MLSD"):
            text = x.retr_stream(f"{w.srv}/names", command=f"{verb} {w.srv}/names")
            forged = [li for li in text.split(b"\n") if li.startswith((b"226", b"line", b"forged"))]
            must(f"{verb}: {text!r}", x.last[0] == 226 and not forged)


def many_connections(flags):
    """One for each byte, more than are served at once; FLAGS of their last header."""
    n = 700
    with session() as x:
        x.expect(200, "MODE E")
        address = x.pasv()
        x.expect(150, f"STOR {w.srv}/many{flags}")
        conns = []
        for i in range(n):
            c = socket.create_connection(address)
            conns.append(c)
            c.sendall(header(0, 1, i) + b"x" + (header(END | flags, 0, n) if i == 0 else header(gsiftp.EOD | flags, 0, 0)))
            if flags:
                conns.pop().close()
        code, text = x.reply()
        must(f"{code} {text}", code == 226)
        for c in conns:
            c.close()
    same(f"{w.srv}/many{flags}", b"x" * n)


def end_after_all():
    """Who hears that the control connection has ended may rely on it that nothing is written any more."""
    if os.getuid():
        raise Skip("only as root are session and codec told apart")
    with gsiftp.Session(lonely.port, w.proxy("alice"), f"{w.pki}/certificates") as x:
        x.expect(200, "NOOP")
        uid = pwd.getpwnam(w.account).pw_uid
        pid = next(p for p in lonely.sessions() if os.stat(f"/proc/{p}").st_uid == uid)
        os.kill(pid, signal.SIGSTOP)
        x.sock.shutdown(socket.SHUT_WR)
        early = select.select([x.sock], [], [], 0.3)[0]
        os.kill(pid, signal.SIGCONT)
        while x.sock.recv(4096):
            pass
    must("it ends when the session has", not early)


def trickle():
    """Fewer bytes than the daemon likes to be woken for: progress all the same, whatever gridftp.data_timeout is."""
    content = bytes(range(256)) * 4000
    with gsiftp.Session(hasty.port, w.proxy("alice"), f"{w.pki}/certificates") as x:
        address = x.pasv()
        x.send(f"STOR {w.srv}/trickle")
        d = socket.create_connection(address)
        x.expect(150)
        d.sendall(content[:-8000])
        for i in range(8000, 0, -1000):
            d.sendall(content[len(content) - i:len(content) - i + 1000])
            time.sleep(0.45)  # a slow sender, in all slower than data_timeout
        d.close()
        x.expect(226)
    same(f"{w.srv}/trickle", content)


def uncounted(name, late, code):
    """Two connections, one end of data announced: it has come, and the other is in the middle of the file.  LATE() does the
    rest with it."""
    path = f"{w.srv}/{name}"
    with gsiftp.Session(hasty.port, w.proxy("alice"), f"{w.pki}/certificates") as x:
        a, b = two_connections(x)
        x.expect(150, f"STOR {path}")
        b.sendall(header(0, 3, 0) + b"abc")
        until("it has begun", lambda: os.path.exists(part_of(path)) and os.path.getsize(part_of(path)) == 3)
        a.sendall(header(END, 0, 1))
        must("the other is waited for", not select.select([x.sock], [], [], 0.3)[0])
        late(b)
        x.expect(code)
        a.close()
        b.close()
    if code == 226:
        same(path, b"abcdef")
    else:
        must("half a file does not stand there", not os.path.exists(path))


def bare_end():
    """The end of file alone, over a connection that brings nothing else, not even an end of data."""
    with session() as x:
        a, b = two_connections(x)
        x.expect(150, f"STOR {w.srv}/bare")
        b.sendall(header(gsiftp.EOF, 0, 1))
        a.sendall(header(gsiftp.EOD, 3, 0) + b"abc")
        x.expect(226)
        a.close()
        b.close()
    same(f"{w.srv}/bare", b"abc")


def part_of(path):
    return "/.".join(path.rsplit("/", 1)) + ".part-gridftp"


def late_block(s):
    s.sendall(header(gsiftp.EOD, 3, 3) + b"def")


def idle_stream(halfway):
    """One connection stands still, HALFWAY in a block or before the first, for longer than gridftp.data_timeout; the other
    moves."""
    path, n, size = f"{w.srv}/idle{halfway}", 10, 200000
    with gsiftp.Session(hasty.port, w.proxy("alice"), f"{w.pki}/certificates") as x:
        a, b = two_connections(x)
        x.expect(150, f"STOR {path}")
        head = header(gsiftp.EOD, size, 3 * n)
        b.sendall(head + b"d" if halfway else b"")
        for i in range(n):
            a.sendall(header(0, 3, 3 * i) + b"abc")
            time.sleep(0.4)  # a slow sender, in all slower than data_timeout
        b.sendall((b"" if halfway else head + b"d") + b"d" * (size - 1))
        a.sendall(header(END, 0, 2))
        x.expect(226)
        a.close()
        b.close()
    same(path, b"abc" * n + b"d" * size)


def still_stream():
    """None of the connections moves: gridftp.data_timeout."""
    with gsiftp.Session(hasty.port, w.proxy("alice"), f"{w.pki}/certificates") as x:
        a, b = two_connections(x)
        x.expect(150, f"STOR {w.srv}/still")
        a.sendall(header(0, 3, 0) + b"abc")
        b.sendall(header(0, 300000, 3) + b"d")
        text = x.expect(426)
        must(text, "without progress for 3 s" in text)
        a.close()
        b.close()


def shrinks(*params):
    """RETR of a file that loses its end meanwhile: more of it than any buffer holds.  What came does not end like a file."""
    path = mine("shrinks" + "".join(params).replace(" ", ""), b"")
    os.truncate(path, 256 << 20)
    with session() as x:
        for line in ("DCAU N", *params):
            x.expect(200, line)
        address = x.pasv()
        x.send(f"RETR {path}")
        with socket.create_connection(address) as s:
            x.expect(150)
            s.recv(1)
            os.truncate(path, 1 << 20)
            try:
                while s.recv(1 << 20):
                    pass
            except ConnectionResetError:
                pass
            else:
                raise Failure("the connection ended in order")
        x.expect(451)


def anothers(part):
    write(part, b"another's", 0o644)


def directory(part):
    os.mkdir(part)


def link(part):
    os.symlink("/nonexistent", part)


tap.run([
    ("a connection that nobody uses does not hold up a complete file", unused, "E", mute, mute),
    ("nor does a stranger's", unused, "E", stranger, mute_stranger),
    ("a stranger at the port of a stream does not take its place", unused, "S", stranger),
    ("nor one that says nothing", unused, "S", mute_stranger),
    ("another identity from the client's own host is refused at once", impostor),
    ("ABOR is heard while a connection more than announced still sends", abort_after_end),
    ("and while a connection is being made", abort_connecting, "S"),
    ("in MODE E as well", abort_connecting, "E"),
    ("STOR without a way for the data leaves a file written in place as it is", no_address),
    ("and the part of a cut transfer", no_address_keeps_part),
    ("a part that is another's", taken_part, anothers),
    ("a directory of a part's name", taken_part, directory),
    ("a link of a part's name", taken_part, link),
    ("any number of connections bring a file", many_connections, 0),
    ("one after the other", many_connections, gsiftp.CLOSE),
    ("a name with line ends is no other line", forged_lines),
    ("REST counts within the part that ESTO writes", esto_restart),
    ("no two offsets make one that is none", far_away),
    ("APPE in MODE E puts blocks where they belong", appe_blocks),
    ("STOU names the file once, with the 150", stou),
    ("and after the delayed address", stou_delayed),
    ("STORATTR's time is the last thing done to a file", storattr_cut),
    ("a time that cannot be set is no 226", storattr_refused),
    ("what is sent ahead of a sum is no burden", flood_sum),
    ("a listing of a tree is of all of it", deep_list),
    ("ABOR ends a listing that is being made", abort_list),
    ("and a sum, once", abort_sum),
    ("and the removal of a tree", abort_removal),
    ("the control connection ends when the session has", end_after_all),
    ("a slow sender makes progress", trickle),
    ("a connection beyond those announced is read to its end", uncounted, "late", late_block, 226),
    ("one that is cut is no 226", uncounted, "cut-late", socket.socket.close, 426),
    ("nor is one that stays silent", uncounted, "silent", lambda s: None, 426),
    ("but one that only said how many there are has no more to bring", bare_end),
    ("one connection may stand still while another moves", idle_stream, 0),
    ("in the middle of a block as well", idle_stream, 1),
    ("but not all of them", still_stream),
    ("a file that becomes shorter while it is sent is no 226", shrinks, "TYPE I"),
    ("nor with line ends turned", shrinks, "TYPE A"),
], 4)
tap.done()

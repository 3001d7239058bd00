#!/usr/bin/python3
"""Stripes on the wire: SPAS names addresses and a file is complete when each has had its end; SPOR and the two layouts send
each address its own bytes and its own end (GFD.20)."""
import os
import socket
import struct
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
import ftpgrid  # pylint: disable=wrong-import-position
import gsiftp  # pylint: disable=wrong-import-position
from ftpgrid import Failure  # pylint: disable=wrong-import-position
from gsiftp import EOD, EOF  # pylint: disable=wrong-import-position

BLOCK = 8192
CONTENT = ftpgrid.data(20 * BLOCK + 77)


def must(what, condition):
    if not condition:
        raise Failure(what)


def header(flags, count, offset):
    return struct.pack("!BQQ", flags, count, offset)


class Stripes:
    def __init__(self):
        self.w = ftpgrid.World()
        self.server = self.w.start("ours", "-o", "gridftp.stripes=3", "-o", "gridftp.stripe_addresses=127.0.0.1 127.0.0.2",
                                   "-o", "gridftp.markers_interval=1")
        ftpgrid.write(f"{self.w.srv}/f", CONTENT)

    def session(self):
        s = gsiftp.Session(self.server.port, self.w.proxy("alice"), f"{self.w.pki}/certificates")
        s.expect(200, "MODE E")
        return s

    @staticmethod
    def spas(s):
        lines = s.expect(229, "SPAS").splitlines()
        must(f"reply {lines}", lines[0] == "Entering Striped Passive Mode." and lines[-1] == "End")
        out = []
        for line in lines[1:-1]:
            h = [int(x) for x in line.strip().split(",")]
            out.append((".".join(map(str, h[:4])), h[4] * 256 + h[5]))
        return out

    def spas_names_them_in_turn(self):
        with self.session() as s:
            hosts = [h for h, _ in self.spas(s)]
            must(f"addresses {hosts}", hosts == ["127.0.0.1", "127.0.0.2", "127.0.0.1"])
            ports = self.spas(s)
            must("each a port of its own", len({p for _, p in ports}) == 3)

    def connect(self, address):
        """From the client's own address: another one would need DCAU."""
        d = socket.socket()
        d.bind(("127.0.0.1", 0))
        d.settimeout(ftpgrid.DEADLINE)
        d.connect(address)
        return d

    def receives(self):
        """Blocks in any order; the end of one stripe does not end the file, nor do two."""
        path = f"{self.w.srv}/in"
        with self.session() as s:
            data = [self.connect(a) for a in self.spas(s)]
            s.expect(150, f"STOR {path}")
            for i in reversed(range(0, len(CONTENT), BLOCK)):
                piece = CONTENT[i:i + BLOCK]
                data[i // BLOCK % 3].sendall(header(0, len(piece), i) + piece)
            for d in data[:2]:
                d.sendall(header(EOF | EOD, 0, 1))
            ftpgrid.until("markers tell that all has come and not that it is over", lambda: self.all_told(s))
            must("the file is not there yet", not os.path.exists(path))
            data[2].sendall(header(EOF | EOD, 0, 1))
            s.expect(226)
            stripes = {(m.split("Stripe Index: ")[1].split()[0], m.split("Total Stripe Count: ")[1].split()[0])
                       for c, m in s.markers if c == 112}
            must(f"stripes {stripes}", stripes == {("0", "3"), ("1", "3"), ("2", "3")})
            ftpgrid.same(path, CONTENT)
            self.again(s, data, path)

    @staticmethod
    def all_told(s):
        """The next marker; whether the 112s of all stripes add up."""
        s.sock.settimeout(ftpgrid.DEADLINE)
        lines = s._protected(s._line())  # pylint: disable=protected-access
        code = lines[0][:3]
        while lines[-1][:4] != code + b" ":
            lines += s._protected(s._line())  # pylint: disable=protected-access
        s.markers.append((int(code), b"\n".join(lines).decode()))
        latest = {}
        for c, m in s.markers:
            if c == 112:
                latest[m.split("Stripe Index: ")[1].split()[0]] = int(m.split("Transferred: ")[1].split()[0])
        return sum(latest.values()) == len(CONTENT)

    @staticmethod
    def again(s, data, path):
        """The connections serve the next file too."""
        s.expect(150, f"STOR {path}2")
        for i, d in enumerate(data):
            d.sendall(header(0, 3, 3 * i) + b"abc" + header(EOF | EOD, 0, 1))
        s.expect(226)
        ftpgrid.same(path + "2", b"abcabcabc")

    def two_ends_that_differ(self):
        with self.session() as s:
            data = [self.connect(a) for a in self.spas(s)]
            s.expect(150, f"STOR {self.w.srv}/bad")
            data[1].sendall(header(EOF, 0, 2) + header(EOF, 0, 3))
            s.expect(426)
            must("no file", not os.path.exists(f"{self.w.srv}/bad"))

    @staticmethod
    def listeners(s, n):
        li = [socket.create_server(("127.0.0.1", 0)) for _ in range(n)]
        for x in li:
            x.settimeout(ftpgrid.DEADLINE)
        s.expect(200, "SPOR " + " ".join(f"127,0,0,1,{p >> 8},{p & 255}" for p in (x.getsockname()[1] for x in li)))
        return li

    def sends(self, options, owner, connections=1, rest=""):
        with self.session() as s:
            li = self.listeners(s, 3)
            s.expect(200, f"OPTS RETR {options}")
            if rest:
                s.expect(350, f"REST {rest}")
            s.expect(150, f"RETR {self.w.srv}/f")
            got = []
            for x in li:
                conns = []
                got.append((gsiftp.take_blocks(x, conns), len(conns)))
            s.expect(226)
        whole = bytearray(len(CONTENT))
        for stripe, (blocks, n) in enumerate(got):
            must(f"{n} connections to address {stripe}", n == connections)
            for offset, content in blocks:
                must(f"bytes {offset} went to address {stripe}", owner(offset) == stripe == owner(offset + len(content) - 1))
                whole[offset:offset + len(content)] = content
        begin = int(rest.split("-")[1]) if rest else 0
        must("all has come", whole[begin:] == CONTENT[begin:])
        must("and what was there already has not", not any(o < begin for blocks, _ in got for o, _ in blocks))

    def too_many(self):
        with self.session() as s:
            s.expect(501, "SPOR" + 65 * " 127,0,0,1,200,1")
            s.expect(501, "OPTS RETR StripeLayout=Heap;")
            s.expect(501, "OPTS RETR BlockSize=0;")


def main():
    t = Stripes()
    tap = ftpgrid.Tap(t.w)
    part = -(-len(CONTENT) // 3)
    tap.case("SPAS names as many as there are to be, on our addresses in turn", t.spas_names_them_in_turn)
    tap.case("a file is complete when every address has had its end", t.receives)
    tap.case("two ends of file on one address that differ are nonsense", t.two_ends_that_differ)
    tap.case("Blocked: blocks in turn", t.sends, f"StripeLayout=Blocked;BlockSize={BLOCK};", lambda o: o // BLOCK % 3)
    tap.case("with parallel streams to each", t.sends, f"StripeLayout=Blocked;BlockSize={BLOCK};Parallelism=2,2,2;",
             lambda o: o // BLOCK % 3, 2)
    tap.case("Partitioned: a part each", t.sends, "StripeLayout=Partitioned;", lambda o: o // part)
    tap.case("a restart leaves out what is there", t.sends, f"StripeLayout=Blocked;BlockSize={BLOCK};", lambda o: o // BLOCK % 3,
             1, f"0-{5 * BLOCK + 100}")
    tap.case("too many addresses, layouts that are none", t.too_many)
    tap.done()


if __name__ == "__main__":
    main()

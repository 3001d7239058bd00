# tests/lib/gsiftp.py - a GridFTP client of few words for tests: any command as
# it is, login with or without delegation, data channels in the clear or under
# PROT P (RFC 959, 2228, GFD.20).
import base64
import os
import socket
import ssl
import struct
import subprocess
import tempfile

EOF, EOD, CLOSE = 0x40, 0x08, 0x04


class Refused(Exception):
    """The server said no; .code is its reply's number."""

    def __init__(self, code, text):
        super().__init__(f"{code} {text}")
        self.code = code


def context(proxy, cadir):
    """A client that shows PROXY and trusts what is in CADIR."""
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for name in os.listdir(cadir):
        if name.endswith(".0"):
            ctx.load_verify_locations(os.path.join(cadir, name))
    if proxy:
        ctx.load_cert_chain(proxy)
    return ctx


def delegate(request, proxy):
    """The certificate, DER, that PROXY's owner makes for the key in REQUEST, a DER PKCS #10."""
    with tempfile.TemporaryDirectory() as d:
        def openssl(*args):
            return subprocess.run(["openssl", *args], check=True, capture_output=True).stdout.decode()
        with open(f"{d}/request", "wb") as f:
            f.write(request)
        with open(f"{d}/ext", "w") as f:
            f.write("keyUsage=critical,digitalSignature,keyEncipherment\n"
                    "proxyCertInfo=critical,language:id-ppl-inheritAll\n")
        with open(f"{d}/key", "w") as f:
            f.write(openssl("req", "-inform", "DER", "-in", f"{d}/request", "-noout", "-pubkey"))
        subject = openssl("x509", "-in", proxy, "-noout", "-subject", "-nameopt", "compat").split("=", 1)[1].strip()
        openssl("req", "-new", "-batch", "-key", proxy, "-subj", subject + "/CN=4711", "-out", f"{d}/csr")
        openssl("x509", "-req", "-sha256", "-in", f"{d}/csr", "-force_pubkey", f"{d}/key", "-CA", proxy, "-CAkey", proxy,
                "-set_serial", "4711", "-days", "1", "-extfile", f"{d}/ext", "-outform", "DER", "-out", f"{d}/der")
        with open(f"{d}/der", "rb") as f:
            return f.read()


def take_blocks(listener, conns):
    """MODE E: all blocks that come to LISTENER, [(offset, content)] in order of arrival; their connections join CONNS."""
    blocks, eods, want = [], 0, None
    while want is None or eods < want:
        c, _ = listener.accept()
        conns.append(c)
        f = c.makefile("rb")
        while True:
            flags, count, offset = struct.unpack("!BQQ", f.read(17))
            if flags & EOF:
                want = offset
            elif count:
                blocks.append((offset, f.read(count)))
            if flags & EOD:
                eods += 1
                break
    return blocks


class Session:
    def __init__(self, port, proxy, cadir, host="127.0.0.1", timeout=60, tls=None, dcau=False):
        """DCAU: delegate, and leave data channels authenticated."""
        self.sock = socket.create_connection((host, port), timeout)
        self.file = self.sock.makefile("rb")
        self.tls, self.markers, self.proxy, self.cadir, self.dcau = None, [], proxy, cadir, dcau
        try:
            self.expect(220)
            self._auth(tls)
            self.expect(331, "USER :globus-mapping:")
            self.expect(230, "PASS dummy")
            if not dcau:
                self.expect(200, "DCAU N")
        except BaseException:
            self.close()
            raise

    def _auth(self, version):
        ctx = context(self.proxy, self.cadir)
        if version:
            ctx.minimum_version = ctx.maximum_version = version
        self.inb, self.outb = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = ctx.wrap_bio(self.inb, self.outb, server_hostname="localhost")
        self.expect(334, "AUTH GSSAPI")
        done = said = False
        while True:
            try:
                if not done:
                    tls.do_handshake()
                    done = True
                # our word follows the handshake; after ours came last the server puts a filler byte first
                if said and self.dcau:
                    tls.write(delegate(tls.read(65536), self.proxy))
                if done and not said and (tls.version() == "TLSv1.2" or self._filler(tls)):
                    tls.write(b"D" if self.dcau else b"0")
                    said = True
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLError as e:
                raise Refused(535, str(e)) from None
            token = base64.b64encode(self.outb.read()).decode()
            code, text = self.command("ADAT " + token)
            for line in text.splitlines():
                if line.startswith("ADAT="):
                    self.inb.write(base64.b64decode(line[5:]))
            if code == 235:
                break
            if code != 335:
                raise Refused(code, text)
        self.tls = tls

    @staticmethod
    def _filler(tls):
        try:
            tls.read(1)
            return True
        except ssl.SSLWantReadError:
            return False

    def _line(self):
        line = self.file.readline()
        if not line.endswith(b"\n"):
            raise ConnectionError("the server closed the control connection")
        return line.rstrip(b"\r\n")

    def _protected(self, line):
        """The clear lines in one line; each 63x line carries one."""
        while self.tls and line[:3] in (b"631", b"632", b"633"):
            self.inb.write(base64.b64decode(line[4:]))
            plain = b""
            try:
                while True:
                    plain += self.tls.read(65536)
            except ssl.SSLWantReadError:
                pass
            if plain:
                return plain.rstrip(b"\r\n\0").split(b"\r\n")
            line = self._line()
        return [line]

    def reply(self):
        """(code, text); markers are put aside in .markers."""
        while True:
            lines = self._protected(self._line())
            code = lines[0][:3]
            while not (lines[-1][:3] == code and lines[-1][3:4] in (b" ", b"")):
                lines += self._protected(self._line())
            text = "\n".join(li[4:].decode("utf-8", "replace") if li[:3] == code else li.decode("utf-8", "replace")
                             for li in lines)
            if code in (b"111", b"112", b"113"):
                self.markers.append((int(code), text))
            else:
                return int(code), text

    def wrap(self, line):
        """LINE as it goes over the control channel."""
        data = line if isinstance(line, bytes) else line.encode()
        if self.tls:
            self.tls.write(data + b"\r\n")
            data = b"ENC " + base64.b64encode(self.outb.read())
        return data + b"\r\n"

    def send(self, line):
        self.sock.sendall(self.wrap(line))

    def command(self, line):
        self.send(line)
        return self.reply()

    def expect(self, code, line=None):
        """Send LINE; its reply must be CODE, or begin with its digits."""
        got, text = self.command(line) if line is not None else self.reply()
        if not str(got).startswith(str(code)):
            raise Refused(got, f"{text} (wanted {code} to {line!r})")
        return text

    def pasv(self):
        text = self.expect(227, "PASV")
        h = [int(x) for x in text[text.index("(") + 1:text.index(")")].split(",")]
        return (".".join(map(str, h[:4])), h[4] * 256 + h[5])

    def connect(self, buffer=0):
        s = socket.socket()
        s.settimeout(60)
        if buffer:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        s.connect(self.pasv())
        return s

    def secure(self, sock, proxy=None):
        """TLS on a data connection under PROT P, as PROXY; we connected."""
        ctx = context(proxy or self.proxy, self.cadir)
        ctx.check_hostname = False  # the server shows what was delegated to it
        ctx.verify_mode = ssl.CERT_NONE
        return ctx.wrap_socket(sock)

    def listen(self):
        """A listener that the server was told by PORT."""
        s = socket.create_server(("127.0.0.1", 0))
        s.settimeout(60)
        p = s.getsockname()[1]
        self.expect(200, f"PORT 127,0,0,1,{p >> 8},{p & 255}")
        return s

    def retr_stream(self, path, rest=0, stop=None, command=None):
        """Content from REST on; only the first STOP bytes, then the connection is cut."""
        self.expect(200, "TYPE I")
        d = self.connect(65536 if stop else 0)
        if rest:
            self.expect(350, f"REST {rest}")
        self.expect(1, command or f"RETR {path}")
        got = b""
        while stop is None or len(got) < stop:
            block = d.recv(65536 if stop is None else min(65536, stop - len(got)))
            if not block:
                break
            got += block
        if stop is not None:
            d.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        d.close()
        self.last = self.reply()
        return got

    def stor_stream(self, path, content, rest=0, cut=False, command=None):
        self.expect(200, "TYPE I")
        d = self.connect()
        if rest:
            self.expect(350, f"REST {rest}")
        self.expect(1, command or f"STOR {path}")
        try:
            d.sendall(content)
            if cut:
                d.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except OSError:
            pass  # the server's reply says why
        d.close()
        self.last = self.reply()
        return self.last

    def retr_blocks(self, path, rest="", command=None):
        """MODE E: [(offset, content)] in order of arrival."""
        self.expect(200, "TYPE I")
        self.expect(200, "MODE E")
        li = self.listen()
        if rest:
            self.expect(350, f"REST {rest}")
        self.send(command or f"RETR {path}")
        conns = []
        code, text = self.reply()
        if code >= 200:
            li.close()
            raise Refused(code, text)
        blocks = take_blocks(li, conns)
        self.last = self.reply()
        for c in conns:
            c.close()
        li.close()
        return blocks

    def stor_blocks(self, path, blocks, rest="", eof=True, command=None):
        """MODE E on one connection; without EOF it is cut after the blocks."""
        self.expect(200, "TYPE I")
        self.expect(200, "MODE E")
        d = self.connect()
        if rest:
            self.expect(350, f"REST {rest}")
        self.expect(1, command or f"STOR {path}")
        try:
            for offset, content in blocks:
                d.sendall(struct.pack("!BQQ", 0, len(content), offset) + content)
            if eof:
                d.sendall(struct.pack("!BQQ", EOF | EOD, 0, 1))
        except OSError:
            pass
        if not eof:
            d.shutdown(socket.SHUT_WR)
        self.last = self.reply()
        d.close()
        return self.last

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.file.close()
        self.sock.close()

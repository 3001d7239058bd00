# tests/lib/oddftp.py - a plain FTP server that does what a test has it do: replies of its own, listings that lie, data
# that never ends.
import socket
import threading

FACTS = b"250-x\r\n Type=%s;Size=%d;Modify=20200101000000; x\r\n250 end"
FEAT = b"211-ext\r\n MLST Type*;Size*;Modify*;\r\n SIZE\r\n REST STREAM\r\n CKSM MD5:10;\r\n%s211 end"


class OddFtp:
    """REPLIES: by verb, bytes or a function (connection, line) that gives them, None for silence; SEND: by verb RETR and
    MLSD, a function (data connection, line), what it returns is the reply."""

    def __init__(self, replies=None, send=None, feat=b""):
        self.replies = {"USER": b"331 x", "PASS": b"230 x", "FEAT": FEAT % feat, "EPSV": b"500 no", "SIZE": b"213 10",
                        "QUIT": b"221 bye", **(replies or {})}
        self.send, self.seen = send or {}, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self.serve, daemon=True).start()

    def url(self, path=""):
        return f"ftp://localhost:{self.listener.getsockname()[1]}{path}"

    def serve(self):
        while True:
            c, _ = self.listener.accept()
            threading.Thread(target=self.talk, args=(c,), daemon=True).start()

    def talk(self, c):
        data = None
        try:
            c.sendall(b"220 hello\r\n")
            for line in c.makefile("rb"):
                verb = line.split()[0].decode()
                self.seen.append(line.rstrip())
                reply = self.replies.get(verb, b"200 ok")
                if callable(reply):
                    reply = reply(c, line)
                elif verb == "PASV" and verb not in self.replies:
                    data = socket.create_server(("127.0.0.1", 0))
                    port = data.getsockname()[1]
                    reply = b"227 at (127,0,0,1,%d,%d)" % (port >> 8, port & 255)
                elif verb in self.send and verb not in self.replies:
                    c.sendall(b"150 now\r\n")
                    with data.accept()[0] as s:
                        reply = self.send[verb](s, line) or b"226 done"
                if reply is not None:
                    c.sendall(reply + b"\r\n")
        except OSError:
            pass
        finally:
            c.close()  # self.serve() knows it, too

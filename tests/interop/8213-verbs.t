#!/usr/bin/python3
"""Every command: HELP, HELP SITE and FEAT of the real globus-gridftp-server beside ours, and beside the table in
docs/wire.md, which says of each where it stands."""
import os
import re
import sys

sys.path.insert(0, os.environ["SRC"] + "/tests/lib")
import ftpgrid  # pylint: disable=wrong-import-position
import gsiftp  # pylint: disable=wrong-import-position
from ftpgrid import Failure  # pylint: disable=wrong-import-position

NOT_OURS = {"SITE FAULT"}                   # makes a command fail, for its own tests
NOT_OFFERED = {"DSI", "HTTP", "AUTHZ_ASSERT"}  # words of FEAT: no other stores, no fetching, no authorization service
NOT_LISTED = {"ABOR", "ADAT", "AUTH", "CONF", "ENC", "MIC"}  # the real one has them without saying so


def must(what, condition):
    if not condition:
        raise Failure(what)


def session(w, s):
    return gsiftp.Session(s.port, w.proxy("alice"), f"{w.pki}/certificates")


def verbs(x):
    """What HELP and HELP SITE name."""
    plain = set(re.findall(r"\b[A-Z]{3,4}[A-Z]*\b", x.expect(214, "HELP").partition("\n")[2])) - {"End"}
    text = x.expect(214, "HELP SITE").partition("\n")[2]
    site = set(re.findall(r"SITE ([A-Z_]+)", text)) or set(re.findall(r"\b[A-Z][A-Z_]+\b", text))
    return plain | {"SITE " + v for v in site}


def features(x):
    """First word of each line of FEAT, and the facts of MLST, the algorithms of CKSM."""
    out = {}
    for line in x.expect(211, "FEAT").splitlines()[1:-1]:
        word, _, rest = line.strip().partition(" ")
        out[word] = rest
    return out


def table():
    """{verb: (ours, real)} of docs/wire.md: True where it is done, or refused as there."""
    rows = {}
    with open(f"{os.environ['SRC']}/docs/wire.md", encoding="utf-8") as f:
        for line in f:
            m = re.match(r"\| `([A-Z][A-Z_ ]+)` \| [^|]+ \| (yes|no|refused|ignored) \| (yes|no) \|", line)
            if m:
                rows[m.group(1)] = (m.group(2) != "no", m.group(3) == "yes")
    return rows


def main():
    if not ftpgrid.have("globus-gridftp-server"):
        ftpgrid.skip_all("globus-gridftp-server is not installed")
    w = ftpgrid.World()
    real, ours, tap = w.start("real"), w.start("ours"), ftpgrid.Tap(w)
    with session(w, real) as x:
        there, there_feat = verbs(x), features(x)
    with session(w, ours) as x:
        here, here_feat = verbs(x), features(x)
    rows = table()

    def nothing_missing():
        must(f"not ours: {sorted(there - here - NOT_OURS)}", there - here == NOT_OURS)
        must("the verbs of both are read", len(there) > 60 and len(here) > 80)

    def table_is_true():
        must(f"not in the table: {sorted((here | there) - set(rows))}", not (here | there) - set(rows))
        for verb, (mine, its) in sorted(rows.items()):
            must(f"{verb}: ours {verb in here}, the table says {mine}", mine == (verb in here))
            if verb not in NOT_LISTED:
                must(f"{verb}: the real one {verb in there}, the table says {its}", its == (verb in there))

    def features_are_offered():
        must(f"not offered: {sorted(set(there_feat) - set(here_feat) - NOT_OFFERED)}",
             not set(there_feat) - set(here_feat) - NOT_OFFERED)
        for word in ("MLST", "CKSM"):
            lack = {re.split(r"[*:]", i)[0] for i in there_feat[word].split(";")} - \
                {re.split(r"[*:]", i)[0] for i in here_feat[word].split(";")} - {"X.count"}  # counts every directory listed
            must(f"{word}: no {sorted(lack)}", not lack)
        for word in ("REST", "PASV", "LANG", "DCSC"):
            must(f"{word} {here_feat[word]}", here_feat[word] == there_feat[word])

    def same_answers():
        """What is asked alike is answered with the same first digit at least, most with the same code."""
        asked = ["SITE", "SITE NONSENSE", "SITE AUTHZ_ASSERT", "SITE AUTHZ_ASSERT x", "SITE SETNETSTACK", "SITE SETNETSTACK tcp",
                 "SITE SETNETSTACK default", "SITE SETNETSTACK udt", "SITE SETDISKSTACK file", "SITE SETDISKSTACK popen",
                 "SITE SHARING", "SITE SHARING x", "SITE SHARING CREATE a b", "SITE DSI", "SITE DSI file", "SITE DSI remote",
                 "SITE STORATTR", "SITE STORATTR modify=20200101000000;", "SITE UPAS 0", "SITE UPRT x", "SITE HTTP x y",
                 "SITE TASKID", "SITE TASKID a", "SITE CLIENTINFO", 'SITE CLIENTINFO appname="x";', "SITE WHOAMI", "SITE VERSION",
                 "SITE RBUFSZ x", "SITE SBUF 1000", "SITE CHMOD 644 none", "SITE CHGRP", "SITE UTIME 20200101000000 none",
                 "SITE UTIME x none", "SITE RDEL", "SITE TRNC x", "TREV PERF 5", "TREV MOON 5",
                 "SITE RESTRICT", f"SITE RESTRICT RW{w.srv},R/usr", "SITE RESTRICT R/usr", "SIZE /etc/passwd", "SITE CHROOT",
                 f"SITE CHROOT {w.srv}", "SITE CHROOT /", "PWD"]
        other = []
        with session(w, real) as x, session(w, ours) as y:
            for line in asked:
                (a, _), (b, text) = x.command(line), y.command(line)
                if a != b:
                    other.append(f"{line}: {a} there, {b} {text} here")
        must("\n".join(other), not other)

    tap.case("every command of the real server is one of ours", nothing_missing)
    tap.case("the table in docs/wire.md says what both say", table_is_true)
    tap.case("every feature is offered that is here", features_are_offered)
    tap.case("SITE commands are answered with the same codes", same_answers)
    tap.done()


if __name__ == "__main__":
    main()

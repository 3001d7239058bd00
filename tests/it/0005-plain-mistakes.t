#!/usr/bin/python3
"""Plain mistakes of an administrator, one after the other: -t tells of each, by what it is about and what is wrong."""
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile

SRC, BIN = os.environ["SRC"], os.environ["BIN"]
ROOT = os.geteuid() == 0
HERE = tempfile.mkdtemp(prefix="it.")
os.chmod(HERE, 0o755)
os.chdir(HERE)
G = f"{HERE}/g"
BAD_FILE = f"{HERE}/bad.conf"
COUNT = [0, 0]

SETUP = r"""
. "$SRC/tests/lib/grid.sh"
grid_ca "$PWD/g" && grid_user "$PWD/g" alice Alice && grid_conf "$PWD/g" && chmod 755 . || exit 1
G=$PWD/g; cp -r $G/certificates nopolicy && rm nopolicy/*.signing_policy
cp -r $G/certificates nolist && rm nolist/*.r0
cp -r $G/certificates open && chmod 777 open
cp -r $G/certificates openfile && chmod 666 openfile/*.0
cp -r $G/certificates brokenlist && echo nonsense >brokenlist/$(cd brokenlist && ls *.r0)
cp -r $G/certificates brokenpolicy && echo "nonsense '" >brokenpolicy/$(cd brokenpolicy && ls *.signing_policy)
mkdir nothing; echo x >afile
name="$GRID_BASE/CN=localhost" ext="$grid_ee
extendedKeyUsage=serverAuth,clientAuth
subjectAltName=DNS:localhost,DNS:$(hostname -f),DNS:$(hostname)"
k=$G/keys/host.key; cp $G/hostkey.pem $k
grid_sign expired.pem $k "$name" $G/keys/ca "$ext" 20200101000000Z 20200102000000Z &&
grid_sign future.pem $k "$name" $G/keys/ca "$ext" 20400101000000Z 20400102000000Z &&
grid_sign soon.pem $k "$name" $G/keys/ca "$ext" 5 &&
grid_sign elsewhere.pem $k "$name" $G/keys/ca "$grid_ee
subjectAltName=DNS:elsewhere.example" &&
grid_new_ca $G other 'Some Other CA' && grid_sign untrusted.pem $k "$name" $G/keys/other "$ext" &&
cp -r $G/certificates stale && GRID_CRL_DATES='-crl_lastupdate 20200101000000Z -crl_nextupdate 20200201000000Z' &&
cp -r $G/certificates keep && grid_crl $G ca && cp $G/certificates/*.r0 stale/ && cp keep/*.r0 $G/certificates/ || exit 1
serial=$(openssl x509 -in $G/hostcert.pem -noout -serial | cut -d= -f2)
GRID_CRL_DATES=; cp -r $G/certificates revoked && grid_crl $G ca $serial && cp $G/certificates/*.r0 revoked/ &&
cp keep/*.r0 $G/certificates/
h=$(openssl x509 -in $G/keys/ca.pem -noout -subject_hash)
grid_key oldca.key && printf '[e]\nbasicConstraints=critical,CA:TRUE\n' >e.cnf &&
openssl req -new -batch -key oldca.key -subj "$GRID_BASE/CN=Old CA" -out oldca.csr 2>/dev/null || exit 1
cp -r $G/certificates oldca; mkdir ca.d; : >ca.d/index
printf '%s\n' '[ca]' 'default_ca=d' '[d]' 'database=ca.d/index' 'new_certs_dir=ca.d' rand_serial=yes default_md=sha256 policy=p \
    '[p]' organizationName=optional organizationalUnitName=optional commonName=optional >ca.d/cnf
openssl ca -batch -notext -preserveDN -selfsign -config ca.d/cnf -keyfile oldca.key -extfile e.cnf -extensions e \
    -startdate 20200101000000Z -enddate 20200102000000Z -in oldca.csr -out oldca.pem >/dev/null 2>&1 || exit 1
cp oldca.pem "oldca/$(openssl x509 -in oldca.pem -noout -subject_hash).0"
"""


def ok(title, good, *why):
    COUNT[0] += 1
    COUNT[1] += not good
    print(f"{'' if good else 'not '}ok {COUNT[0]} - {title}")
    if not good:
        for line in "\n".join(map(str, why)).splitlines():
            print(f"#   {line}")
    sys.stdout.flush()


def put(name, text, mode=0o644):
    with open(name, "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(name, mode)
    return f"{HERE}/{name}"


def check(daemon, *options, conf=f"{G}/gatehouse.conf"):
    """Exit status and words of DAEMON -t, with directories and ports of our own."""
    own = {"gatekeeper.state": f"{HERE}/s/state", "gatekeeper.sessions": f"{HERE}/s/sessions", "gatekeeper.listen": "127.0.0.1:0",
           "gatekeeper.runner_state": f"{HERE}/s/runner", "mds.state": f"{HERE}/s/mds", "mds.listen": "127.0.0.1:0",
           "gridftp.listen": "127.0.0.1:0", **dict(o.split("=", 1) for o in options)}
    p = subprocess.run([f"{BIN}/{daemon}", "-t", "-c", conf, *[w for k, v in own.items() for w in ("-o", f"{k}={v}")]], timeout=120,
                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return p.returncode, p.stdout


def told(title, daemons, level, words, *options, conf=f"{G}/gatehouse.conf"):
    """Each of DAEMONS says a line of LEVEL that holds all WORDS; only a failure is one by the exit status as well."""
    for d in daemons.split():
        status, text = check(d, *options, conf=conf)
        lines = [x for x in text.splitlines() if x.startswith(level + " ") and all(w in x for w in words)]
        good = lines and (status != 0) == (level == "fail" or f"\n{d}: " in text and "configuration ok" not in text)
        ok(f"{d}: {title}", good, f"status {status}, no line '{level}' with {words}:", text)


ALL, TWO = "gatekeeper gridftp mds", "gatekeeper gridftp"
setup = subprocess.run(["sh", "-c", SETUP], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
if setup.returncode != 0:
    print("Bail out! no grid:", setup.stdout.replace("\n", " "))
    sys.exit(1)
USER = pwd.getpwuid(os.geteuid()).pw_name
if ROOT:  # a throwaway account is not needed: one that is there for sure, and may be mapped
    USER = "nobody"
    with open(f"{G}/gatehouse.conf", "a", encoding="utf-8") as f:
        f.write("account = daemon\n")
    conf = open(f"{G}/gatehouse.conf", encoding="utf-8").read().replace("account = nobody\n", "")
    put("g/gatehouse.conf", conf)
DN = "/O=Grid/OU=Test/CN=Alice"
put("g/grid-mapfile", f'"{DN}" {USER}\n')

for d in ALL.split():
    status, text = check(d)
    # nothing keeps the clock of a test's machine, and its disk may be nearly full
    odd = [x for x in text.splitlines() if x.startswith(("warn", "fail")) and "clock" not in x and "disk" not in x]
    ok(f"{d}: a good site has nothing to be told", status == 0 and not odd and f"{d}: configuration ok" in text, text)

# ---- certificates and trust ----
C = "security.host_cert="
T = "security.certificates="
told("a certificate that has expired", ALL, "fail", ["host certificate", "expired on 2020-01-02"], f"{C}{HERE}/expired.pem")
told("one that is not valid yet", ALL, "fail", ["host certificate", "from 2040-01-01"], f"{C}{HERE}/future.pem")
told("one that expires soon", ALL, "warn", ["host certificate", " days: renew it"], f"{C}{HERE}/soon.pem")
told("one of another host than service_url's", "gatekeeper", "fail", ["'gate.example.org'", "gatekeeper.service_url"],
     "gatekeeper.service_url=https://gate.example.org:8443")
told("the same", "mds", "fail", ["'ix.example.org'", "mds.service_url"], "mds.service_url=https://ix.example.org:8444")
told("the same", "gridftp", "fail", ["'d.example.org'", "gatekeeper.gridftp_url"], "gatekeeper.gridftp_url=gsiftp://d.example.org:2811")
told("one that does not name this host", ALL, "warn", ["host certificate", "does not name"], f"{C}{HERE}/elsewhere.pem")
told("one of a CA that is not trusted", ALL, "warn", ["host certificate", "refuses it"], f"{C}{HERE}/untrusted.pem")
told("one that is revoked", ALL, "warn", ["host certificate", "revoked"], f"{T}{HERE}/revoked")
told("one that is not there", ALL, "fail", ["host credential", "nothere.pem"], f"{C}{HERE}/nothere.pem")
told("one that is none", ALL, "fail", ["host credential", "afile"], f"{C}{HERE}/afile")
shutil.copy(f"{G}/alicekey.pem", "alien.pem")
told("the key of another certificate", ALL, "fail", ["host credential", "the private key does not fit certificate"], f"security.host_key={HERE}/alien.pem")
shutil.copy(f"{G}/hostkey.pem", "openkey.pem")
os.chmod("openkey.pem", 0o644)
told("a key that others can read", ALL, "fail", ["openkey.pem' is open to others"], f"security.host_key={HERE}/openkey.pem")
if ROOT:
    shutil.copy(f"{G}/hostkey.pem", "otherkey.pem")
    os.chmod("otherkey.pem", 0o600)
    os.chown("otherkey.pem", pwd.getpwnam("nobody").pw_uid, 0)
    told("a key that belongs to another", ALL, "fail", ["host credential", "otherkey.pem"], f"security.host_key={HERE}/otherkey.pem")
told("a trust directory that is not there", ALL, "fail", ["security.certificates", "notrust"], f"{T}{HERE}/notrust")
told("one without a CA", ALL, "fail", ["no CA certificate", "nothing"], f"{T}{HERE}/nothing")
told("a CA without a signing policy", ALL, "fail", ["Test CA' has no HASH.signing_policy"], f"{T}{HERE}/nopolicy")
told("a signing policy that cannot be read", ALL, "fail", ["signing_policy' cannot be used"], f"{T}{HERE}/brokenpolicy")
told("a CA without a revocation list", ALL, "warn", ["Test CA' has no revocation list"], f"{T}{HERE}/nolist")
told("the same where one is required", ALL, "fail", ["no revocation list", "its users are refused"], f"{T}{HERE}/nolist", "security.crl=require")
told("a revocation list that is out of date", ALL, "fail", ["Test CA' is out of date since 2020-02-01"], f"{T}{HERE}/stale")
told("one that cannot be read", ALL, "fail", [".r0' cannot be used"], f"{T}{HERE}/brokenlist")
told("a CA that has expired", ALL, "warn", ["Old CA' expired on 2020-01-02"], f"{T}{HERE}/oldca")

# ---- permissions ----
told("a trust directory that everybody can write", ALL, "fail", ["everybody can write", f"{HERE}/open'"], f"{T}{HERE}/open")
told("a CA file that everybody can write", ALL, "fail", ["everybody can write", "openfile/"], f"{T}{HERE}/openfile")
with open(f"{G}/gatehouse.conf", encoding="utf-8") as f:
    put("open.conf", f.read(), 0o666)
told("a configuration that everybody can write", ALL, "fail", ["everybody can write", "open.conf"], conf=f"{HERE}/open.conf")
os.mkdir("wide")
os.chmod("wide", 0o777)
shutil.copy(f"{G}/grid-mapfile", "wide/map")
told("a directory above the map that everybody can write", ALL, "fail", ["everybody can write", "/wide'"],
     f"security.gridmap={HERE}/wide/map")
os.symlink(f"{HERE}/wide/map", "maplink")
told("the same behind a symbolic link", ALL, "fail", ["everybody can write", "/wide'"], f"security.gridmap={HERE}/maplink")
if ROOT:
    shutil.copytree(f"{G}/certificates", "theirs")
    os.chown("theirs", pwd.getpwnam("nobody").pw_uid, 0)
    told("a trust directory that belongs to another", ALL, "fail", ["theirs' belongs to uid"], f"{T}{HERE}/theirs")
    shutil.copytree(f"{G}/certificates", "ours")
    os.chown("ours", 0, pwd.getpwnam("nobody").pw_gid)
    os.chmod("ours", 0o775)
    told("one that a group can write", ALL, "warn", ["the group", "can write", "/ours'"], f"{T}{HERE}/ours")

# ---- names ----
M = "security.gridmap="
told("a map that is not there", TWO, "fail", ["security.gridmap", "nomap"], f"{M}{HERE}/nomap")
told("a map that maps nobody", TWO, "warn", ["security.gridmap: it maps nobody"], M + put("empty.map", "# nobody yet\n"))
told("an account that does not exist", TWO, "warn", ["line 2: ", "'nosuchuser'", "nobody gets in"],
     M + put("gone.map", f'"{DN}" {USER}\n"/O=Grid/CN=B" nosuchuser\n'))
told("a line that cannot be read", TWO, "warn", ["1 lines cannot be read"], M + put("odd.map", f'"{DN}" {USER}\n"/O=Grid/CN=B\n'))
told("a wildcard, which is none in a map", TWO, "warn", ["line 1: '*' stands for itself"], M + put("wild.map", f'"/O=Grid/*" {USER}\n'))
if ROOT:
    told("root", TWO, "warn", ["line 1: ", "nobody gets in"], M + put("root.map", f'"{DN}" root\n'))
    told("an account of the system", TWO, "warn", ["line 1: ", "security.min_uid"], M + put("system.map", f'"{DN}" daemon\n'))
    told("the account of the daemons", TWO, "fail", ["line 1: 'nobody' is security.account"], "security.account=nobody")
    told("an account of the daemons that does not exist", ALL, "fail", ["security.account", "'nosuch'"], "security.account=nosuch")
    told("the same, of one", "mds", "fail", ["mds.account", "'nosuch'"], "mds.account=nosuch")
    told("the same, of one", "gridftp", "fail", ["gridftp.account", "'nosuch'"], "gridftp.account=nosuch")
B = "security.ban="
told("a ban list that is not there", ALL, "fail", ["security.ban", "noban"], f"{B}{HERE}/noban")
told("a ban that is not a name", ALL, "fail", ["security.ban", "line 2"], B + put("bad.ban", f"{DN}\nnot a name\n"))
told("a ban of a CA", ALL, "fail", ["security.ban", "names the CA"], B + put("ca.ban", "/O=Grid/OU=Test/CN=Test CA\n"))
told("a ban of nobody", TWO, "warn", ["security.ban: line 2 names nobody"], B + put("none.ban", f"{DN}\n/O=Grid/OU=Test/CN=Alcie\n"))
told("a pattern of nobody", TWO, "warn", ["security.ban: line 1 names nobody"], B + put("wild.ban", "/O=Gird/*\n"))
told("a ban list that others can write", ALL, "fail", ["security.ban", "chmod go-w"], B + put("open.ban", "", 0o666))
told("registrars that are not there", "mds", "fail", ["mds.registrars", "noreg"], f"mds.registrars={HERE}/noreg")
told("administrators that are not there", "gatekeeper", "fail", ["gatekeeper.admins", "noadmin"], f"gatekeeper.admins={HERE}/noadmin")
told("a pattern among the registrars", "mds", "fail", ["mds.registrars", "pattern"], "mds.registrars=" + put("wild.reg", "/O=Grid/*\n"))
told("an operator that does not exist", "gatekeeper", "fail", ["gatekeeper.operator", "'nosuch'"], "gatekeeper.operator=nosuch")
told("anonymous users without an account", "gridftp", "fail", ["gridftp.anonymous", "'nosuch'"], "gridftp.anonymous=nosuch")
told("anonymous users as root", "gridftp", "fail", ["gridftp.anonymous"], "gridftp.anonymous=" + ("root" if ROOT else "daemon"))

# ---- directories, disks ----
told("a state that is a file", "gatekeeper", "fail", ["gatekeeper.state: ", "afile' is not a directory"], f"gatekeeper.state={HERE}/afile")
told("the same", "mds", "fail", ["mds.state: ", "afile' is not a directory"], f"mds.state={HERE}/afile/below")
told("a root that is not there", "gridftp", "fail", ["gridftp.root: ", "noroot"], f"gridftp.root={HERE}/noroot")
told("a root that is a file", "gridftp", "fail", ["gridftp.root: ", "is not a directory"], f"gridftp.root={HERE}/afile")
told("one state for two daemons", "gatekeeper mds", "fail", ["gatekeeper.state", "mds.state", "overlap"],
     f"gatekeeper.state={HERE}/s/one", f"mds.state={HERE}/s/one")
told("sessions below the state", "gatekeeper", "fail", ["gatekeeper.state", "gatekeeper.sessions", "overlap"],
     f"gatekeeper.sessions={HERE}/s/state/sessions")
told("a log in a directory that is not there", ALL, "fail", ["log.file: the directory of"], f"log.file={HERE}/nolog/our.log")
told("a log that is a directory", ALL, "fail", ["log.file: ", "is a directory"], f"log.file={HERE}/nothing")
told("a transfer log in a directory that is not there", "gridftp", "fail", ["gridftp.transfer_log"],
     f"gridftp.transfer_log={HERE}/nolog/xfer.log")
mounted = []
if ROOT:
    for name, options in (("nearly", "size=1m"), ("full", "size=64k"), ("readonly", "size=1m,ro")):
        os.mkdir(name)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", f"{HERE}/{name}"], check=False).returncode == 0:
            mounted.append(name)
if len(mounted) == 3:
    put("nearly/x", "x" * 1010000)
    put("full/x", "x" * 65536)
    told("a disk that is nearly full", "mds", "warn", ["mds.state", "nearly full", "MiB"], f"mds.state={HERE}/nearly/mds")
    told("a disk that is full", "gatekeeper", "fail", ["gatekeeper.sessions", "is full"], f"gatekeeper.sessions={HERE}/full")
    told("a disk that cannot be written", "mds", "fail", ["mds.state", "read-only"], f"mds.state={HERE}/readonly/mds")
for name in mounted:
    subprocess.run(["umount", f"{HERE}/{name}"], check=False)

# ---- ports, addresses, indexes ----
with socket.create_server(("127.0.0.1", 0)) as s:
    at = f"127.0.0.1:{s.getsockname()[1]}"
    for d in ALL.split():
        told("a port that another program has", d, "fail", [f"{d}.listen", f"'{at}' is in use by"], f"{d}.listen={at}")
    told("the same, for metrics", "gatekeeper", "fail", ["gatekeeper.metrics_listen"], f"gatekeeper.metrics_listen={at}")
    free = socket.create_server(("127.0.0.1", 0))
    nobody = free.getsockname()[1]
    free.close()
    for d in TWO.split():
        told("an index that nobody runs", d, "warn", ["index: ", "waits until it answers"], f"{d}.index=https://127.0.0.1:{nobody}/x")
told("an index whose host has no address", "gatekeeper", "warn", ["index: ", "no-such-host.invalid"],
     "gatekeeper.index=https://no-such-host.invalid:8444/x")
for d in ALL.split():
    told("an address that this host has not", d, "fail", [f"{d}.listen: cannot listen on '192.0.2.1:8443'"], f"{d}.listen=192.0.2.1:8443")
told("one port for two", "gatekeeper mds", "fail", ["want the same port"], f"gatekeeper.listen=127.0.0.1:{nobody}", f"mds.listen=0.0.0.0:{nobody}")
told("one port for service and metrics", "mds", "fail", ["want the same port"], f"mds.listen=127.0.0.1:{nobody}",
     f"mds.metrics_listen=127.0.0.1:{nobody}")
told("data from an address that this host has not", "gridftp", "fail", ["gridftp.data_address", "192.0.2.1"], "gridftp.data_address=192.0.2.1")
told("stripes likewise", "gridftp", "fail", ["gridftp.stripe_addresses", "192.0.2.1"], "gridftp.stripe_addresses=127.0.0.1 192.0.2.1")

# ---- words: one file that has them all, and every line of it is told of ----
PATHS = "security.certificates security.host_cert security.host_key security.gridmap security.ban gatekeeper.state " \
    "gatekeeper.sessions gatekeeper.runner_state gatekeeper.slurm_path gatekeeper.slurm_conf gridftp.root gridftp.transfer_log " \
    "mds.state mds.registrars log.file"
WORDS = [(k, v) for k in PATHS.split() for v in ("relative/path", "~/path")]
WORDS += [(k, v) for k in "gatekeeper.listen gatekeeper.metrics_listen gridftp.listen mds.listen mds.metrics_listen".split()
          for v in ("nowhere", "8443", "127.0.0.1:99999", "127.0.0.1:http")]
WORDS += [(k, v) for k in "gatekeeper.service_url gatekeeper.index mds.service_url gridftp.index".split()
          for v in ("gate.example.org", "http://gate.example.org", "https://", "https://gate:port/", "https:/gate/")]
WORDS += [("gatekeeper.gridftp_url", v) for v in ("data.example.org", "ftp://data.example.org", "gsiftp://")]
WORDS += [("gatekeeper.staging_allow", v) for v in ("ftps", "scp", "gsiftp://", "*")]
WORDS += [(k, v) for k in ("gridftp.allow", "gridftp.deny") for v in ("etc", "~/x", "/usr/../etc", "rx:/etc")]
WORDS += [("gridftp.deny", "rw:/etc"), ("gridftp.allow", "rw:")]
WORDS += [(k, v) for k in "gridftp.data_address gridftp.public_address gridftp.stripe_addresses".split() for v in ("here", "300.1.1.1")]
WORDS += [(k, v) for k in ("gridftp.port_range", "gridftp.source_range") for v in ("50000", "9,1", "50000-", "0,99999")]
WORDS += [("gridftp.delegation_bits", v) for v in ("512", "strong")]
WORDS += [(k, v) for k in "security.login_shell gridftp.clear_ftp gridftp.sync".split() for v in ("maybe", "1", "on")]
WORDS += [("security.tls_min", "1.1"), ("security.crl", "maybe"), ("gridftp.third_party", "perhaps"), ("mds.anonymous", "root"),
          ("log.level", "loud"), ("gatekeeper.schedulers", ""), ("security.account", "a b"),
          ("gridftp.anonymous", "no body"), ("security.min_uid", "0"), ("security.min_uid", "thousand"), ("security.proxy_max", "-1")]
WORDS += [(k, v) for k in "gatekeeper.workers gatekeeper.connections_max gatekeeper.jobs_max gatekeeper.retention mds.workers "
          "mds.lifetime_max gridftp.sessions_max gridftp.login_timeout".split() for v in ("", "0", "many", "-4", "1e3", "10 # ten")]
WORDS += [(k, v) for k in "gatekeeper.body_max gatekeeper.upload_max mds.body_max mds.query_memory".split() for v in ("4Q", "4X", "big")]
WORDS += [("gatekeeper.lisen", "127.0.0.1:0"), ("gridftp.colour", "blue"), ("mds.worker", "3"), ("gatehouse.listen", "127.0.0.1:0")]
lines, where = [], {}
for key, value in WORDS:
    section, name = key.split(".")
    lines += [f"[{section}]", f"{name} = {value}"]
    where[len(lines)] = f"{key} = {value}"
put("bad.conf", "\n".join(lines) + "\n")
for d in ALL.split():
    p = subprocess.run([f"{BIN}/{d}", "-t", "-c", BAD_FILE], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    untold = [what for n, what in where.items() if f"{BAD_FILE}:{n}: " not in p.stdout and f"{BAD_FILE}:{n - 1}: " not in p.stdout]
    ok(f"{d}: {len(WORDS)} wrong words of one file are all told, each with its line", p.returncode == 78 and not untold, *untold,
       *p.stdout.splitlines()[:3])
print(f"1..{COUNT[0]}")
if not COUNT[1]:
    os.chdir("/")
    shutil.rmtree(HERE)
sys.exit(1 if COUNT[1] else 0)

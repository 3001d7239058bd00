#!/usr/bin/python3
# What the pages say exists: files, options, configuration keys, log events,
# metrics, sample jobs; and what exists is on a page.
import glob
import os
import re
import shutil
import subprocess
import sys

SRC, BIN = os.environ["SRC"], os.environ["BIN"]
os.chdir(SRC)
n = failed = 0


def ok(title, problems):
    """PROBLEMS: a list of what is wrong."""
    global n, failed
    n += 1
    failed += bool(problems)
    print(f"{'not ' if problems else ''}ok {n} - {title}")
    for p in problems:
        print(f"#   {p}")
    sys.stdout.flush()


def skip(title, why):
    global n
    n += 1
    print(f"ok {n} - {title} # SKIP {why}")


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def run(*words):
    """Output of a program that must not find anything to act on."""
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "X509_USER_PROXY": "/nonexistent",
           "X509_CERT_DIR": "/nonexistent", "BIN": BIN}
    p = subprocess.run(words, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       text=True, timeout=120)
    return p.stdout


tree = [os.path.join(d, f)[2:] for top in ("base", "clients", "debian", "docs", "etc", "examples", "gatekeeper", "gridftp",
                                             "gsi", "http", "info", "jobs", "mds", "soap", "tests", "wsdl", "wsrf")
        for d, _, names in os.walk("./" + top) for f in names]
names = {os.path.basename(p) for p in tree}
pages = ["README.md"] + sorted(glob.glob("docs/*.md")) + sorted(glob.glob("examples/*/README.md"))
text = {p: read(p) for p in pages}
mans = sorted(glob.glob("docs/man/*.[1-9]"))
sources = "".join(read(p) for p in tree if p.endswith((".c", ".h", ".def")) and not p.startswith("tests/"))


# ---- files ----
def missing_paths(page):
    tops = "base|clients|debian|docs|etc|examples|gatekeeper|gridftp|gsi|http|info|jobs|mds|soap|tests|wsdl|wsrf"
    out = []
    for path in re.findall(rf"(?<![\w/.$-])((?:{tops})/[\w./*-]*[\w*/])", text[page]):
        if not glob.glob(path + "*") and "NAME" not in path and path != "docs/performance.md":
            out.append(f"{page}: {path}")
    for name in re.findall(r"(?<![\w/*-])([\w-]+\.(?:c|h|def|xsd|wsdl|t))\b(?![\w/])", text[page]):
        if name not in names and "NAME" not in name:
            out.append(f"{page}: {name}")
    return out


ok("every file that a page names is there", [x for p in pages for x in missing_paths(p)])
ok("the architecture names every folder of the layers", [
    d for d in sorted({os.path.dirname(p) for p in tree if p.endswith(".c")} - {"gridftp"})
    if d.split("/")[0] not in ("tests", "examples") and d + "/" not in text["docs/architecture.md"]])
ok("every page that the README names is there", [
    x for x in re.findall(r"`(docs/[\w./]+)`", text["README.md"]) if not os.path.exists(x) and x != "docs/performance.md"])


# ---- options ----
def help_options(out):
    """The names of each row of a help text, as lists."""
    rows = []
    for line in out.splitlines():
        m = re.match(r"  ((?:-[A-Za-z0-9][\w-]*(?:, )?)+)", line)
        if m:
            rows.append([w.strip().lstrip("-") for w in m.group(1).rstrip().split(",")])
    return rows


def page_options(page):
    """What stands as an option in the page's .TP rows."""
    out, lines = set(), read(page).splitlines()
    for tag, line in zip(lines, lines[1:]):
        if tag == ".TP" and re.match(r"\.B[IR]? ", line):
            out |= {w.replace("\\-", "-") for w in re.findall(r'(?:^\.B[IR]? |[ "])\\-([A-Za-z][\w\\-]*)', line)}
    return out


def all_words(page):
    return {w.replace("\\-", "-") for w in re.findall(r"(?<![\w\\])\\-([A-Za-z][\w\\-]*)", re.sub(r"\\f[RPBI]", " ", read(page)))}


helps = {"gridrun.1": [run(f"{BIN}/gridrun", "-help")], "gridcp.1": [run(f"{BIN}/gridcp", "-help")],
         "gatekeeperctl.8": [run(f"{BIN}/gatekeeperctl", "-help")],
         "gridindex.1": [run(f"{BIN}/gridindex", "-help")],
         "gridproxy.1": [run(f"{BIN}/gridproxy", w, "-help") for w in ("init", "info", "destroy", "verify")]}
for d in ("gatekeeper", "gatekeeper-runner", "gridftp", "gridftp-register", "mds"):
    helps[f"{d}.8"] = [run(f"{BIN}/{d}", "--help").split("Keys of the configuration")[0]]
for page, outs in sorted(helps.items()):
    rows = [r for out in outs for r in help_options(out)]
    there = all_words(f"docs/man/{page}")
    known = {name for r in rows for name in r}
    ok(f"{page}: every option of the help is in the page", [
        f"-{r[0]}" for r in rows if not there & set(r) and r[0] not in ("help", "version")] or
       ([] if rows else ["no options in the help?"]))
    ok(f"{page}: every option of the page is known to the program", [
        f"-{w}" for w in sorted(page_options(f"docs/man/{page}") - known)
        if page == "gridproxy.1" or "unknown option" in run(f"{BIN}/{page.rsplit('.', 1)[0]}", f"-{w}", "x")])


def used_options(page):
    """'gridrun -submit -F host' in text and examples: unknown words."""
    out = []
    for line in text[page].splitlines():
        for prog in ("gridrun", "gridcp", "gridindex"):
            for m in re.finditer(rf"(?<![\w/`-]){prog} ([^|`#<>;)]*)", line):
                words = m.group(1).split(" -c ")[0]
                known = {x for r in help_options(helps[f"{prog}.1"][0]) for x in r} | {"c"}
                out += [f"{page}: {prog} -{w}" for w in re.findall(r"(?:^|[ (])-([A-Za-z][\w-]*)", words) if w not in known]
    return out


ok("every option in the pages' command lines is known", [x for p in pages for x in used_options(p)])

# ---- configuration ----
keys = {f"{s}.{k}" for s, k in re.findall(r"^CONF\((\w+),\s*(\w+),", read("base/conf.def"), re.M)}
sections = {k.split(".")[0] for k in keys}
ok("gatehouse.conf(5) is current: 'make man' renews it",
   [] if run("docs/man/conf-page") == read("docs/man/gatehouse.conf.5") else ["docs/man/gatehouse.conf.5"])
conf5 = read("docs/man/gatehouse.conf.5").replace("\\-", "-")
ok("every key is in gatehouse.conf(5)", [k for k in sorted(keys) if f"\n.BR {k.split('.')[1]} " not in conf5])


def unknown_keys(page, body):
    found = re.findall(rf"(?<![\w./:-])((?:{'|'.join(sections)})\.[a-z_]+)(?![\w(/-])", body)
    files = {"security.md", "mds.wsdl", "gridftp.md"}
    return [f"{page}: {k}" for k in found if k not in keys and k not in files and k not in names and
            f'"{k}' not in sources]


ok("every key that a page names exists", [x for p in pages for x in unknown_keys(p, text[p])] +
   [x for p in mans for x in unknown_keys(p, read(p).replace("\\-", "-"))])
conf_lines = [(p, s, k) for p in pages for s, body in re.findall(r"^    \[(\w+)\]\n((?:    [^\[\n]*\n)+)", text[p], re.M)
              for k in re.findall(r"^    (\w+) = ", body, re.M)]
ok("every key in a sample configuration exists", [f"{p}: [{s}] {k}" for p, s, k in conf_lines if f"{s}.{k}" not in keys] or
   ([] if len(conf_lines) > 5 else ["no sample found"]))

# ---- the log, the metrics ----
events = set(re.findall(r'"([a-z0-9_]+(?:\.[a-z0-9_]+)+|audit)"', sources))
table = text["docs/admin.md"].split("## The log")[1].split("\n## ")[0]
named = re.findall(r"`([a-z_]+(?:\.[a-z_]+)+|audit)`", table)
ok("every event of the administrator's table is logged", [e for e in named if e not in events and e not in keys] or
   ([] if len(named) > 15 else ["the table is gone"]))
ok("docs/events.md is current: 'make man' renews it",
   [] if run("docs/man/events-page") == read("docs/events.md") else ["docs/events.md"])
strange = os.path.join(os.environ.get("TMPDIR", "/tmp"), f"events.{os.getpid()}.c")
with open(strange, "w", encoding="utf-8") as f:
    f.write('log_event(LOG_ERR,\n    "no.such.event", "x=%d", 1); log_event(LOG_NOTICE, "audit", "x");')
asked = subprocess.run(["docs/man/events-page", strange], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
os.unlink(strange)
ok("an event that is not in the table is told of, by name", [] if asked.returncode != 0 and "'no.such.event' has no row" in asked.stdout and
   "audit" not in asked.stdout else [asked.stdout])
ok("every event of the page is in a source", [
    e for e in re.findall(r'^LOG_EVENT\("([^"]+)"', read("base/log_event.def"), re.M) if f'"{e}' not in sources])
metrics = set(re.findall(r"`((?:gatekeeper|gatehouse|mds)_[a-z_]+)", text["docs/admin.md"]))
ok("every metric that is named exists", [m for m in sorted(metrics) if not re.search(rf"\b{m}\b", sources) and
                                         not re.search(rf'metrics_\w+\(out, "{m.split("_", 1)[1]}"', sources)] or
   ([] if metrics else ["none is named"]))

# ---- sentences ----
flat = re.sub(r'"\s*\n?\s*"', "", sources)


def said(sentence):
    """Whether the words between the '...' of an error stand in the source."""
    parts = [s.strip(" '") for s in re.split(r"'?\.\.\.'?|\(mode|'fork'|'gatehouse'|'gatekeeper-runner'|security\.\w+:|"
                                             r"gatekeeper\.\w+:|gatekeeper\.sessions|signal 9|:", sentence)]
    return all(p in flat or p.lower() in flat.lower() for p in parts if len(p) > 7)


rows = [c for page, head in (("docs/user.md", "## What errors mean"), ("docs/admin.md", "## When something is wrong"))
        for c in re.findall(r"^\| (`.*?) \|", text[page].split(head)[1].split("\n## ")[0], re.M)]
theirs = {"Couldn't resolve host name", "Couldn't connect to server", "Connection refused", "Address already in use"}
sentences = [s for c in rows for s in re.findall(r"`([^`]+)`", c)]
ok("every error sentence that is explained stands in the source", [
    s for s in sentences if not said(re.sub("|".join(theirs) + "|No such file or directory|Killed", "", s))] or
   ([] if len(sentences) > 30 else ["the tables are gone"]))

# ---- samples ----
bad = []
for job in sorted(glob.glob("examples/jobs/*.xml") + glob.glob("examples/jobs/*.jsdl") + glob.glob("examples/jobs/*.rsl")) + ["examples/demo/count-words.jsdl"]:
    out = run(f"{BIN}/gridrun", "-validate", "-f", job)
    if out != "The job description is valid.\n":
        bad.append(f"{job}: {out}")
ok("every sample job is valid", bad)
ok("every sample is in the table beside it", [
    p for d in ("jobs", "portal") for p in glob.glob(f"examples/{d}/*")
    if not p.endswith("README.md") and f"`{os.path.basename(p)}`" not in text[f"examples/{d}/README.md"]])

# ---- packages ----
wanted = {w for line in read("debian/packages.build").splitlines() for w in line.split("#")[0].split()}
depends = set(re.findall(r"[\w.+-]+", read("debian/control").split("Build-Depends:")[1].split("Standards-Version")[0]))
ok("the Debian package is built with what debian/packages.build lists", sorted(wanted - depends - {"build-essential"}))

# ---- form ----
ok("the pages that everybody reads keep to 120 columns, tables aside", [
    f"docs/{p}.md:{i}" for p in ("architecture", "user", "admin", "portal", "wire")
    for i, line in enumerate(text[f"docs/{p}.md"].splitlines(), 1) if len(line) > 120 and line[0] != "|"])
programs = [os.path.basename(p)[:-7] for p in tree if p.endswith("_main.c")]
ok("every program has its page", [p for p in programs if not glob.glob(f"docs/man/{p}.[18]")])
if shutil.which("groff"):
    ok("groff reads the pages without a warning", [
        x for m in mans for x in subprocess.run(["groff", "-man", "-Tutf8", "-ww", m], stdout=subprocess.DEVNULL,
                                                stderr=subprocess.PIPE, text=True).stderr.splitlines()])
else:
    skip("groff reads the pages without a warning", "no groff")
if shutil.which("mandoc"):
    ok("mandoc finds no fault with them", [
        x for x in subprocess.run(["mandoc", "-Tlint", "-Wwarning"] + mans, stdout=subprocess.PIPE, text=True).stdout.splitlines()
        if "missing date" not in x])
else:
    skip("mandoc finds no fault with them", "no mandoc")
print(f"1..{n}")
sys.exit(failed > 0)

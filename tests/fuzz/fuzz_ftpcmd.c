/* tests/fuzz/fuzz_ftpcmd.c - raw bytes of a control channel: lines, verb and
 * argument, what may run in each phase of a session; the address formats, and
 * the frames between codec and session.  No command is run. */
#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/codec.h"
#include "gridftp/server/ftp_cmd.h"
#include "gridftp/server/ftp_line.h"
#include "gridftp/server/ftp_port.h"
#include "gridftp/server/ftp_wire.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

static void
try_addresses(const char *arg)
{
    const char *p = arg;
    struct buf text = BUF_INIT;
    struct net_addr a, b;
    struct net_ports ports;

    if (ftp_port_parse(&p, &a, NULL) == 0) {
        assert(p > arg && p <= arg + strlen(arg));
        assert(ftp_port_text(&a, &text) == 0);
        p = buf_str(&text);
        assert(ftp_port_parse(&p, &b, NULL) == 0);
        assert(net_same_host(&a, &b) && net_port(&a) == net_port(&b));
    }
    (void)ftp_port_parse_eprt(arg, &a, NULL);
    if (net_ports_parse(arg, &ports, NULL) == 0)
        assert(ports.low <= ports.high);
    buf_fini(&text);
}

static void
try_frames(const unsigned char *data, size_t n)
{
    struct buf in = BUF_INIT;
    enum ftp_frame type;
    const char *p;
    size_t len, used;

    buf_add(&in, data, n);
    while (ftp_frame_get(&in, &type, &p, &len, &used, NULL) == 1) {
        assert(used <= in.len && p + len == in.data + used);
        buf_drop(&in, used);
    }
    buf_fini(&in);
}

/* What must hold of a line and of the decision about it. */
static void
check_judged(const struct ftp_line *line, const char *text, size_t n, int id,
             enum ftp_phase phase, const struct ftp_refusal *no)
{
    const char *v;

    for (v = line->verb; *v != '\0'; v++)
        assert(isupper((unsigned char)*v) || isdigit((unsigned char)*v) ||
               *v == '_' || *v == ' ');
    assert(line->arg >= text && line->arg <= text + n);
    if (id < 0) {
        assert(no->code >= 500 && no->code <= 550 && *no->text != '\0');
        return;
    }
    assert(strcmp(ftp_cmds[id].verb, line->verb) == 0);
    assert(ftp_cmds[id].arg == FTP_ARG_OPT || *line->arg != '\0');
    assert(strcmp(phase < FTP_PHASE_SESSION ? ftp_cmds[id].codec
                                            : ftp_cmds[id].session,
                  "none") != 0);
    assert(phase != FTP_PHASE_READER || ftp_cmds[id].right != FTP_RIGHT_WRITE);
}

/* One clear line in every phase, each on a copy of its own size. */
static void
judge(const char *text, size_t n)
{
    struct buf help = BUF_INIT;
    struct ftp_refusal no;
    struct ftp_line line;
    int phase, id;
    char *copy;

    for (phase = FTP_PHASE_SECURITY; phase <= FTP_PHASE_READER; phase++) {
        copy = xcalloc(1, n + 1);
        memcpy(copy, text, n);
        id = ftp_cmd_judge(copy, n, (enum ftp_phase)phase, &line, &no);
        check_judged(&line, copy, n, id, (enum ftp_phase)phase, &no);
        if (phase == FTP_PHASE_SESSION) {
            ftp_cmd_help(line.arg, false, &help);
            try_addresses(line.arg);
        }
        free(copy);
    }
    buf_fini(&help);
}

/* A line as it came, and what it protects, as if it had not been encrypted. */
static void
take_line(const char *text, size_t n)
{
    const char *base64 = ftp_line_protected(text);
    struct buf clear = BUF_INIT;

    judge(text, n);
    if (base64 != NULL) {
        assert(base64 <= text + n);
        if (base64_decode(&clear, base64, strlen(base64)) == 0)
            judge(buf_str(&clear), clear.len);
    }
    buf_fini(&clear);
}

/* Take the lines of DATA, which comes in pieces of PIECE bytes, into OUT. */
static void
take_lines(const unsigned char *data, size_t n, size_t piece, struct buf *out)
{
    struct buf in = BUF_INIT;
    size_t at, len, used;
    int rc = 0;
    char *text;

    for (at = 0; at < n && rc >= 0; at += piece) {
        buf_add(&in, data + at, n - at < piece ? n - at : piece);
        while ((rc = ftp_line_next(&in, &text, &len, &used)) > 0) {
            assert(len < used && used <= in.len && text[len] == '\0');
            take_line(text, len);
            buf_add(out, text, len);
            buf_addc(out, '\n');
            buf_drop(&in, used);
        }
    }
    assert(in.len < FTP_RAW_MAX + piece);
    buf_fini(&in);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
    struct buf whole = BUF_INIT, pieces = BUF_INIT;

    try_frames(data, n);
    take_lines(data, n, n + 1, &whole);
    /* How the network cuts the bytes changes nothing. */
    take_lines(data, n, n > 0 ? 1 + data[0] % 32u : 1, &pieces);
    assert(whole.len == pieces.len &&
           (whole.len == 0 || memcmp(whole.data, pieces.data, whole.len) == 0));
    buf_fini(&whole);
    buf_fini(&pieces);
    return 0;
}

/* tests/fuzz/fuzz_ftpcmd.c - what a client may put in a command line: verb and
 * argument, the address formats, frames between codec and session. */
#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "base/buf.h"
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
    unsigned low, high;

    if (ftp_port_parse(&p, &a, NULL) == 0) {
        assert(p > arg && p <= arg + strlen(arg));
        assert(ftp_port_text(&a, &text) == 0);
        p = buf_str(&text);
        assert(ftp_port_parse(&p, &b, NULL) == 0);
        assert(net_same_host(&a, &b) && net_port(&a) == net_port(&b));
    }
    (void)ftp_port_parse_eprt(arg, &a, NULL);
    if (ftp_port_range(arg, &low, &high, NULL) == 0)
        assert(low <= high);
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

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
    struct buf text = BUF_INIT, help = BUF_INIT;
    struct err err = ERR_INIT;
    struct ftp_line line;
    const char *v;
    int id;

    try_frames(data, n);
    buf_add(&text, data, n);
    if (ftp_line_parse(text.data, text.len, &line, &err) == 0) {
        for (v = line.verb; *v != '\0'; v++)
            assert(isupper((unsigned char)*v) || isdigit((unsigned char)*v) ||
                   *v == '_' || *v == ' ');
        assert(line.arg >= text.data && line.arg <= text.data + text.len);
        id = ftp_cmd_find(line.verb);
        if (id >= 0)
            (void)ftp_cmd_arg_ok(id, line.arg);
        ftp_cmd_help(line.arg, false, &help);
        try_addresses(line.arg);
    }
    buf_fini(&text);
    buf_fini(&help);
    return 0;
}

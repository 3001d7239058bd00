/* tests/lib/delegate_tool.c - delegate CREDENTIAL [full|limited [SECONDS]]:
 * sign the certificate request on stdin, as a client that delegates does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/codec.h"
#include "gsi/proxy.h"

int
main(int argc, char **argv)
{
    struct proxy_spec spec = { .type = CRED_LIMITED,
                               .path_length = -1,
                               .lifetime = 3600 };
    struct buf csr = BUF_INIT, pem = BUF_INIT;
    struct err err = ERR_INIT;
    struct cred *cred = NULL;
    long long seconds;

    if (argc < 2 || (argc > 3 && number_parse(argv[3], 1, 1000000, &seconds)))
        return 64;
    if (argc > 2 && strcmp(argv[2], "full") == 0)
        spec.type = CRED_FULL;
    if (argc > 3)
        spec.lifetime = (long)seconds;
    if (cred_load(argv[1], argv[1], NULL, NULL, &cred, &err) < 0 ||
        buf_read_fd(&csr, STDIN_FILENO, 1 << 20) < 0 ||
        proxy_sign_pem(cred, &spec, csr.data, csr.len, &pem, &err) < 0) {
        fprintf(stderr, "delegate: %s\n", err.text);
        return 1;
    }
    fputs(buf_str(&pem), stdout);
    cred_unref(cred);
    buf_fini(&csr);
    buf_fini(&pem);
    return 0;
}

/* clients/gridproxy/gridproxy_main.c - proxy certificates (RFC 3820): make,
 * show, wipe, verify.  Under the names grid-proxy-init, -info or -destroy it
 * runs that command. */
#include <libgen.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "clients/client_env.h"
#include "clients/gridproxy/gridproxy.h"

static const struct {
    const char *name;
    const char *globus; /* name of its separate program */
    int (*run)(int argc, char *const argv[]);
    const char *help;
} commands[] = {
    { "init", "grid-proxy-init", gridproxy_init, "make a proxy certificate" },
    { "info", "grid-proxy-info", gridproxy_info, "show what a proxy is" },
    { "destroy", "grid-proxy-destroy", gridproxy_destroy, "wipe proxies" },
    { "verify", NULL, gridproxy_verify, "verify a certificate chain" },
};
#define COMMANDS (sizeof commands / sizeof *commands)

static int
help(FILE *out)
{
    fprintf(out, "usage: gridproxy COMMAND [options]\n\n");
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(out, "  %-10s%s\n", commands[i].name, commands[i].help);
    fprintf(out, "\n'gridproxy COMMAND -help' lists the options.\n");
    return out == stderr;
}

int
main(int argc, char *argv[])
{
    log_open("gridproxy", "stderr", LOG_ERR);
    for (size_t i = 0; i < COMMANDS; i++)
        if (commands[i].globus &&
            strcmp(basename(argv[0]), commands[i].globus) == 0)
            return client_exit("ERROR", commands[i].run(argc, argv), 1);
    const char *word = argc > 1 ? argv[1] : "";
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(word, commands[i].name) == 0)
            return client_exit("ERROR", commands[i].run(argc - 1, argv + 1), 1);
    word += strspn(word, "-");
    if (strcmp(word, "version") == 0)
        return gridproxy_version();
    if (strcmp(word, "help") == 0 || strcmp(word, "h") == 0)
        return help(stdout);
    if (*word)
        fprintf(stderr, "gridproxy: no command '%s'\n", argv[1]);
    return help(stderr);
}

/* tests/lib/lib_toolline.c - see lib_toolline.h. */
#include "tests/lib/lib_toolline.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* As the gatekeeper: told to end, it ends well. */
static void
end(int sig)
{
    (void)sig;
    _exit(0);
}

FILE *
toolline_open(int argc, char **argv)
{
    const char *path = getenv("RUNNER_SCRIPT");

    if (argc < 3 || strcmp(argv[1], "--runner-fd") != 0 || path == NULL)
        return NULL;
    signal(SIGTERM, end);
    return fopen(path, "re");
}

static void
split(char *line, char **field)
{
    static char nothing[1];

    for (size_t i = 0; i < TOOLLINE_FIELDS; i++) {
        char *f = strsep(&line, "\t\n");

        field[i] = f == NULL ? nothing : f;
        for (char *p = field[i]; *p != '\0'; p++)
            if (*p == 0x1f)
                *p = '\n'; /* as rundrive.py writes it */
    }
}

static void
answer(int rc, const struct err *err)
{
    if (rc == 0)
        puts("ok");
    else if (rc < 0)
        printf("err %d %s\n", (int)err->code, err->text);
    fflush(stdout);
}

void
toolline_run(FILE *script, const struct toolline_command *commands,
             char *field[TOOLLINE_FIELDS], struct tool *t)
{
    char *line = NULL;
    size_t room = 0;

    while (getline(&line, &room, script) > 0 && strcmp(line, "quit\n") != 0) {
        const struct toolline_command *c = commands;
        struct err err = ERR_INIT;
        int rc;

        split(line, field);
        while (c->name != NULL && strcmp(c->name, field[0]) != 0)
            c++;
        rc = c->name != NULL
                 ? c->run(t, &err)
                 : err_set(&err, ERR_USAGE, "no command '%s'", field[0]);
        answer(rc, &err);
    }
    free(line);
    fclose(script);
}

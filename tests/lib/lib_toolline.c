/* tests/lib/lib_toolline.c - see lib_toolline.h. */
#include "tests/lib/lib_toolline.h"

#include <stdio.h>
#include <string.h>

void
toolline_split(char *line, char **field, size_t n)
{
    static char nothing[1];

    for (size_t i = 0; i < n; i++) {
        char *f = strsep(&line, "\t\n");

        field[i] = f == NULL ? nothing : f;
        for (char *p = field[i]; *p != '\0'; p++)
            if (*p == 0x1f)
                *p = '\n'; /* as rundrive.py writes it */
    }
}

void
toolline_answer(int rc, const struct err *err)
{
    if (rc == 0)
        puts("ok");
    else if (rc < 0)
        printf("err %d %s\n", (int)err->code, err->text);
    fflush(stdout);
}

/* base/testpoint.c - see testpoint.h. */
#include "base/testpoint.h"

#ifdef TEST_POINTS
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Write "PID DIRECTORY", so that the test knows which process it was. */
static void
write_identity(int fd)
{
    char directory[4096];

    if (getcwd(directory, sizeof(directory)) == NULL)
        directory[0] = '\0';
    dprintf(fd, "%d %s\n", (int)getpid(), directory);
}

/* Apply one rule "NAME[:stop] FILE" of N bytes. */
static void
act(const char *name, const char *rule, size_t n)
{
    char text[512], *file;
    int sig = SIGKILL, fd;

    if (n == 0 || n >= sizeof(text))
        return;
    memcpy(text, rule, n);
    text[n] = '\0';
    file = strchr(text, ' ');
    if (file == NULL)
        return;
    *file++ = '\0';
    if (strlen(text) > 5 && strcmp(text + strlen(text) - 5, ":stop") == 0) {
        text[strlen(text) - 5] = '\0';
        sig = SIGSTOP;
    }
    if (strcmp(text, name) != 0)
        return;
    fd = open(file, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    write_identity(fd);
    close(fd);
    raise(sig); /* raise() stops this thread at once; kill(2) might let it
                   continue */
}

const char *
test_point_rules(void)
{
    return getenv("GATEHOUSE_TEST_POINT");
}

void
test_point(const char *name)
{
    const char *rule = test_point_rules();
    int saved = errno;

    while (rule != NULL && *rule != '\0') {
        size_t n = strcspn(rule, ";");

        act(name, rule, n);
        rule += n + (rule[n] == ';');
    }
    errno = saved;
}
#endif

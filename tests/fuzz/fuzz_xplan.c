/* tests/fuzz/fuzz_xplan.c - an expression from a stranger, a NUL, and what
 * somebody registered: it is answered, left to libxml2, or ended. */
#include <stdlib.h>
#include <string.h>

#include "mds/entry_show.h"
#include "mds/entry_table.h"
#include "mds/xplan.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

/* The second time is the end. */
static bool
tick(void *arg)
{
    return ++*(int *)arg > 1;
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
    static struct tagnames *names;
    struct registration_in in = { .owner = "/CN=x",
                                  .member = "https://h/",
                                  .member_params = "",
                                  .config = "",
                                  .data = "" };
    struct entry_table *table;
    struct buf text = BUF_INIT, out = BUF_INIT;
    struct entry_text *registered;
    int ticks = 0;
    struct xplan_spec spec = { .dialect =
                                   n % 2 == 0 ? DIALECT_FINAL : DIALECT_DRAFT,
                               .entry_url = "https://h/entry",
                               .answer_max = 1 << 20,
                               .tick = tick,
                               .arg = &ticks };

    if (names == NULL)
        names = tagnames_create();
    table = entry_table_create(names);
    spec.table = table;
    buf_add(&text, data, n);
    spec.names = names;
    spec.text = buf_str(&text);
    if (strlen(spec.text) < n)
        in.data = spec.text + strlen(spec.text) + 1;
    registered = entry_show_read(&in, names, NULL);
    if (registered != NULL)
        entry_table_put(table,
                        entry_create(registered,
                                     "00000000-0000-4000-8000-000000000000",
                                     INT64_MAX));
    entry_text_unref(registered);
    spec.when.view = entry_table_view(table);
    xplan_answer(&spec, &out);
    view_unref(spec.when.view);
    entry_table_destroy(table);
    buf_fini(&text);
    buf_fini(&out);
    return 0;
}

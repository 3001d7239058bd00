/* tests/fuzz/fuzz_conf.c - gatehouse.conf and -o, as anyone may write them. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/conf.h"
#include "base/conf_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever was accepted must be what the table says. */
static void
check_values(const struct conf *c)
{
    const struct conf_row *row;
    enum conf_key key;

    for (key = 0; key < CONF_COUNT; key++) {
        row = &conf_rows[key];
        assert(conf_str(c, key) != NULL);
        if (row->type == CONF_NUMBER || row->type == CONF_SIZE)
            assert(conf_num(c, key) >= row->min &&
                   conf_num(c, key) <= row->max);
        if (row->type == CONF_PATH && conf_str(c, key)[0] != '\0')
            assert(conf_str(c, key)[0] == '/');
        if (conf_is_list(row->type) && conf_word(c, key, 0) != NULL)
            assert(conf_word(c, key, 0)[0] != '\0');
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = calloc(1, size + 1);
    struct conf *c = conf_create();
    struct err err = ERR_INIT;

    memcpy(text, data, size);
    if (conf_parse(c, "fuzz.conf", text, &err) < 0)
        assert(err.code == ERR_CONFIG);
    err = (struct err)ERR_INIT;
    if (conf_set(c, text, &err) < 0)
        assert(err.code == ERR_CONFIG);
    check_values(c);
    conf_destroy(c);
    free(text);
    return 0;
}

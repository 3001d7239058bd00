/* tests/fuzz/fuzz_ranges.c - restart markers: what is read is sorted, disjoint
 * and reads the same again. */
#include <assert.h>
#include <string.h>

#include "gridftp/proto/ranges.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
    struct buf text = BUF_INIT, again = BUF_INIT;
    struct ranges set = { 0 }, copy = { 0 };
    struct err err = ERR_INIT;
    size_t i;

    buf_add(&text, data, n);
    if (ranges_parse(buf_str(&text), &set, &err) == 0 && set.n > 0) {
        for (i = 0; i < set.n; i++) {
            assert(set.r[i].begin < set.r[i].end);
            assert(i == 0 || set.r[i - 1].end < set.r[i].begin);
        }
        buf_clear(&text);
        ranges_text(&set, &text);
        assert(ranges_parse(buf_str(&text), &copy, &err) == 0);
        ranges_text(&copy, &again);
        assert(strcmp(buf_str(&text), buf_str(&again)) == 0);
    }
    ranges_fini(&set);
    ranges_fini(&copy);
    buf_fini(&text);
    buf_fini(&again);
    return 0;
}

/* tests/unit/test_xplan.c - queries that are answered entry by entry say what
 * libxml2 says of the one document, byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mds/entry_show.h"
#include "mds/entry_table.h"
#include "mds/rpdoc.h"
#include "mds/xplan.h"

#define GLUE   "http://schemas.ogf.org/glue/2009/03/spec_2.0_r1"
#define URL    "https://h:8444/wsrf/services/DefaultIndexServiceEntry"
#define NOW_MS 1800000000123LL

static const char *const contents[] = {
    "<g:Service xmlns:g='" GLUE "' g:k='1' k='x'><g:ID>urn:a</g:ID>"
    "<g:Share><g:ID>s1</g:ID><g:Free>12</g:Free><g:Max>100</g:Max></g:Share>"
    "<g:Share><g:ID>s2</g:ID><g:Free>0</g:Free></g:Share></g:Service>",
    "<g:Service xmlns:g='" GLUE "'><g:ID>urn:b</g:ID><g:Share n='3'>"
    "<g:ID>s1</g:ID><g:Free> 7 </g:Free><!-- free --><?pi is?></g:Share>"
    "<other xmlns='urn:o' n='2.5'>a &lt;b&gt; &amp; \"c\" <x/> tail</other>"
    "</g:Service>",
    "<x n='1'>7</x><x n='-1'>-7.5</x><y><x><x>deep</x></x></y>",
    "",
    "<y xmlns='urn:o' xmlns:p='urn:p' p:a='&quot;&#9;&#10;t'>t\xC3\xA4xt "
    "<p:x xmlns:q='urn:q'>1<q:x>2</q:x>3</p:x>&#13;</y>",
    "<w:Entry xmlns:w='http://docs.oasis-open.org/wsrf/sg-2'><w:Content/>"
    "</w:Entry><ReferenceParameters/><Entry><ID>urn:a</ID></Entry>",
};
#define CONTENTS (sizeof(contents) / sizeof(contents[0]))

static struct tagnames *names;
static struct entry_table *table;
static struct view *view;
static xmlDoc *whole[DIALECT_COUNT];
static unsigned long planned, asked;

/* ---- expressions that are made up ---- */

static uint64_t seed = 88172645463325252ULL;

static unsigned
pick(unsigned n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed >> 33) % n;
}

#define ANY(list) list[pick(sizeof(list) / sizeof(list[0]))]

static void expression(struct buf *b, int depth);

static void
step(struct buf *b, int depth)
{
    static const char *const plain[] = {
        "*",
        "x",
        "glue:ID",
        "glue:Share",
        "glue:Free",
        "wssg:Entry",
        "wssg:Content",
        "wsa:Address",
        "o:*",
        "@n",
        "@*",
        "text()",
        "node()",
        "..",
        ".",
        "agg:AggregatorData",
        "comment()",
        "o:x",
        "Entry",
        "glue:Service",
        "agg:EntryKey",
        "*[local-name()='Share']",
        "*[local-name()='Entry']",
        "*[local-name()='ID' and namespace-uri()='" GLUE "']",
        "*[namespace-uri()='urn:o']",
        "processing-instruction()",
        "wssg:MemberServiceEPR",
        "wsa:ReferenceParameters",
        "*[local-name()='ReferenceProperties']",
    };
    static const char *const axes[] = {
        "ancestor::",
        "ancestor-or-self::",
        "descendant::",
        "descendant-or-self::",
        "self::",
        "parent::",
        "following-sibling::",
        "preceding-sibling::",
        "attribute::",
        "child::",
    };
    static const char *const tests[] = { "*",          "node()",  "x",
                                         "glue:Share", "glue:ID", "text()",
                                         "wssg:Entry" };

    if (pick(5) == 0)
        buf_addf(b, "%s%s", ANY(axes), ANY(tests));
    else
        buf_adds(b, ANY(plain));
    if (b->data[b->len - 1] != '.')
        for (int i = 0; depth > 0 && i < 2 && pick(3) == 0; i++) {
            buf_addc(b, '[');
            expression(b, depth - 1);
            buf_addc(b, ']');
        }
}

static void
path(struct buf *b, int depth, bool absolute)
{
    static const char *const begin[] = { "//", "/*/", "/*/wssg:Entry/",
                                         "//", "//",  "/" };

    if (absolute)
        buf_adds(b, ANY(begin));
    step(b, depth);
    for (int i = pick(3); i > 0; i--) {
        buf_adds(b, pick(4) == 0 ? "//" : "/");
        step(b, depth);
    }
}

static void
value(struct buf *b, int depth)
{
    static const char *const values[] = {
        "1",
        "2",
        "7",
        "0.5",
        "'urn:a'",
        "'s1'",
        "'7'",
        "''",
        "'x'",
        "position()",
        "last()",
        "string()",
        "local-name()",
        "number()",
        "true()",
        "string-length()",
        "100",
        "normalize-space()",
        "namespace-uri()",
    };

    if (depth > 0 && pick(3) == 0)
        expression(b, depth - 1);
    else if (pick(2) == 0)
        path(b, depth - 1, pick(6) == 0);
    else
        buf_adds(b, ANY(values));
}

/* FN(value, ...) */
static void
call(struct buf *b, int depth)
{
    static const struct {
        const char *name;
        int args;
    } fns[] = { { "not", 1 },
                { "boolean", 1 },
                { "string", 1 },
                { "number", 1 },
                { "contains", 2 },
                { "starts-with", 2 },
                { "concat", 2 },
                { "string-length", 1 },
                { "normalize-space", 1 },
                { "substring-before", 2 },
                { "substring-after", 2 },
                { "translate", 3 },
                { "floor", 1 },
                { "ceiling", 1 },
                { "round", 1 } };
    unsigned f = pick(sizeof(fns) / sizeof(fns[0]));

    buf_addf(b, "%s(", fns[f].name);
    for (int i = 0; i < fns[f].args; i++) {
        buf_adds(b, i > 0 ? ", " : "");
        value(b, depth);
    }
    buf_addc(b, ')');
}

static void
expression(struct buf *b, int depth)
{
    static const char *const operators[] = {
        "=", "=", "=", "!=",  "<",   "<=",  ">",  ">=",
        "+", "-", "*", "div", "mod", "and", "or",
    };

    switch (pick(6)) {
    case 0:
        call(b, depth);
        return;
    case 1:
        buf_addf(b, "%s(", pick(2) == 0 ? "count" : "sum");
        path(b, depth, pick(6) == 0);
        buf_addc(b, ')');
        return;
    case 2:
        value(b, depth);
        return;
    default:
        value(b, depth);
        buf_addf(b, " %s ", ANY(operators));
        value(b, depth);
    }
}

/* One that is asked: its paths begin at the root. */
static void
question(struct buf *b)
{
    static const char *const forms[] = { "count(",        "sum(", "string(",
                                         "boolean(",      "not(", "number(",
                                         "string-length(" };
    static const char *const tails[] = { " > 3",        " = 's1'", " = 7",
                                         " and true()", " + 1",    " != 'x'",
                                         " = true()" };

    if (pick(2) == 0) {
        path(b, 2, true);
        if (pick(5) == 0) {
            buf_adds(b, " | ");
            path(b, 2, true);
        }
        return;
    }
    buf_adds(b, ANY(forms));
    path(b, 2, true);
    buf_addc(b, ')');
    if (pick(3) == 0)
        buf_adds(b, ANY(tails));
}

/* ---- both ways ---- */

static const char *const prefixes[] = { "o", "urn:o", "d",
                                        "http://www.example.org/d", NULL };

static bool
never(void *arg)
{
    (void)arg;
    return false;
}

static enum xplan_end
answer(enum dialect d, const char *text, struct buf *out)
{
    const struct xplan_spec spec = { .text = text,
                                     .ns = prefixes,
                                     .dialect = d,
                                     .names = names,
                                     .table = table,
                                     .entry_url = URL,
                                     .when = { view, NOW_MS },
                                     .answer_max = 1 << 24,
                                     .tick = never };

    return xplan_answer(&spec, out);
}

/* Both ways agree on TEXT; false, and they are shown, else. */
static bool
agree(enum dialect d, const char *text)
{
    struct buf ours = BUF_INIT, theirs = BUF_INIT;
    struct err err = ERR_INIT;
    bool same = true;
    int rc;

    asked++;
    if (answer(d, text, &ours) == XPLAN_DONE) {
        planned++;
        rc = rpdoc_query(whole[d], text, prefixes, 1 << 24, &theirs, &err);
        same = rc == 0 && strcmp(buf_str(&ours), buf_str(&theirs)) == 0;
    }
    if (!same)
        print_error("%s\n ours:   %.600s\n theirs: %.600s %s\n", text,
                    buf_str(&ours), buf_str(&theirs), err.text);
    buf_fini(&ours);
    buf_fini(&theirs);
    return same;
}

/* Register entry I of T with DATA. */
static void
add_to(struct entry_table *t, unsigned i, const char *data)
{
    char member[64], id[UUID_TEXT];
    struct registration_in in = { .owner = "/CN=x",
                                  .member = member,
                                  .member_params = "",
                                  .config = "",
                                  .data = data };
    struct err err = ERR_INIT;
    struct entry_text *text;

    snprintf(member, sizeof(member), "https://h%u/bes?a=1&amp;b", i);
    if (i % 3 == 1)
        in.member_params = "<k:Key xmlns:k='urn:k'>7</k:Key>";
    if (i % 4 == 1)
        in.config = "<x>config</x>";
    text = entry_show_read(&in, names, &err);
    assert_non_null(text);
    snprintf(id, sizeof(id), "%08x-0000-4000-8000-000000000000", i);
    entry_table_put(t, entry_create(text, id, NOW_MS + 1000));
    entry_text_unref(text);
}

static int
setup(void **state)
{
    (void)state;
    names = tagnames_create();
    table = entry_table_create(names);
    for (unsigned i = 0; i < CONTENTS; i++)
        add_to(table, i, contents[i]);
    view = entry_table_view(table);
    for (int d = 0; d < DIALECT_COUNT; d++) {
        whole[d] = rpdoc_create((enum dialect)d);
        for (unsigned i = 0; i < CONTENTS; i++) {
            struct buf text = BUF_INIT;

            entry_show(view_at(view, i), (enum dialect)d, URL, &text);
            rpdoc_insert(whole[d], NULL,
                         rpdoc_entry(text.data, text.len, NULL));
            buf_fini(&text);
        }
        rpdoc_settle(whole[d], NOW_MS);
    }
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    for (int d = 0; d < DIALECT_COUNT; d++)
        xmlFreeDoc(whole[d]);
    view_unref(view);
    entry_table_destroy(table);
    tagnames_destroy(names);
    return 0;
}

static void
what_users_ask_is_answered_entry_by_entry(void **state)
{
    static const char *const texts[] = {
        "//wssg:Entry",
        "//*[local-name()='Entry']",
        "count(//*[local-name()='Entry'])",
        "//glue:Share[glue:ID='s1']",
        "//*[local-name()='Share'][*[local-name()='ID']='s1']",
        "/*/wssg:Entry[.//glue:Free >= 7]/wssg:MemberServiceEPR/wsa:Address",
        "string(//*[local-name()='x'][../../../*/*[.='https://h2/bes?a=1&b']])",
        "sum(//@n) + 1",
        "count(//*) > 3",
        "//agg:EntryKey/text()",
        "count(//wssg:Entry) - count(//wssg:Content) + count(//x) * 10",
        "//glue:Share[position() = last()]/glue:ID",
        "//*[*[local-name()='EntryKey']='00000002-0000-4000-8000-"
        "000000000000']",
        "//glue:Service[glue:ID='urn:b' and glue:Share]//glue:Free",
        "count(//glue:ID[.='s1'])",
        "//wssg:Entry[.//wsa:Address='" URL "']",
        "count(//*[ID='nobody'])",
        "boolean(//glue:ID[. = 'urn:b'])",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        for (int d = 0; d < DIALECT_COUNT; d++) {
            assert_true(agree((enum dialect)d, texts[i]));
            if (planned != asked)
                print_error("not planned: %s\n", texts[i]);
            assert_int_equal(planned, asked);
        }
}

static void
what_needs_several_entries_is_not(void **state)
{
    static const char *const texts[] = {
        "//wssg:Entry[2]",
        "/*/*[last()]",
        "//*[count(//*) > 3]",
        "//wssg:Entry/following-sibling::*",
        "string(/)",
        "//x = //y",
        "(//x)[1]",
        "name(//x)",
        "/*[.//x]/wssg:Entry",
        "//x/../../../../../wssg:Entry",
        "//*[../wssg:Entry//x]",
        "id('a')",
        "//x[",
        "nofunction()",
        "unknown:name",
        "//unknown:name",
    };
    struct buf out = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (answer(DIALECT_FINAL, texts[i], &out) != XPLAN_BEYOND)
            print_error("planned: %s\n", texts[i]);
        assert_int_equal(answer(DIALECT_FINAL, texts[i], &out), XPLAN_BEYOND);
    }
    buf_fini(&out);
}

/* Count the ticks of a query. */
static bool
count_tick(void *arg)
{
    (*(unsigned *)arg)++;
    return false;
}

/* What T, as it is now, answers to TEXT, in a static buffer; *ticks is how long
 * it took. */
static const char *
ask(struct entry_table *t, const char *text, unsigned *ticks)
{
    static struct buf out;
    struct xplan_spec spec = { .text = text,
                               .dialect = DIALECT_FINAL,
                               .names = names,
                               .table = t,
                               .entry_url = URL,
                               .when = { entry_table_view(t), NOW_MS },
                               .answer_max = 1 << 20,
                               .tick = count_tick,
                               .arg = ticks };

    buf_clear(&out);
    *ticks = 0;
    assert_int_equal(xplan_answer(&spec, &out), XPLAN_DONE);
    view_unref(spec.when.view);
    return buf_str(&out);
}

static void
a_query_by_key_does_not_look_at_every_entry(void **state)
{
    struct entry_table *t = entry_table_create(names);
    unsigned ticks;

    (void)state;
    for (unsigned i = 0; i < 6000; i++)
        add_to(t, i, contents[0]);
    assert_string_equal(ask(t, "count(//*[local-name()='Entry'])", &ticks),
                        "6000");
    assert_true(ticks > 0);
    assert_string_equal(
        ask(t, "count(//wssg:Entry[*/wsa:Address='https://h77/bes?a=1&amp;b'])",
            &ticks),
        "1");
    assert_int_equal(ticks, 0);
    assert_string_equal(ask(t, "count(//glue:Share[glue:ID='none'])", &ticks),
                        "0");
    assert_int_equal(ticks, 0);
    /* what everybody has is no key */
    assert_string_equal(ask(t, "count(//glue:Share[glue:ID='s1'])", &ticks),
                        "6000");
    entry_table_destroy(t);
}

static void
a_range_does_not_look_at_every_entry(void **state)
{
    struct entry_table *t = entry_table_create(names);
    unsigned ticks;

    (void)state;
    for (unsigned i = 0; i < 6000; i++)
        add_to(t, i, contents[i % 1000 == 7 ? 0 : 1]);
    assert_string_equal(
        ask(t, "count(//glue:Share[glue:Free > 10 and 99.5 < glue:Max])",
            &ticks),
        "6");
    assert_int_equal(ticks, 0);
    assert_string_equal(
        ask(t, "count(//*[local-name()='Free'][. >= 12][. = 12])", &ticks),
        "6");
    assert_int_equal(ticks, 0);
    add_to(t, 70, contents[0]);
    assert_string_equal(ask(t, "count(//glue:Share[glue:Free > 10])", &ticks),
                        "7");
    assert_string_equal(ask(t, "count(//glue:Share[glue:Free > -1])", &ticks),
                        "6007");
    /* the head is everybody's */
    assert_string_equal(
        ask(t, "count(/*[agg:RegistrationCount > 5]/wssg:Entry)", &ticks),
        "6000");
    entry_table_destroy(t);
}

static void
keys_follow_changes(void **state)
{
    struct entry_table *t = entry_table_create(names);
    struct buf many = BUF_INIT;
    struct entry *e;
    unsigned ticks;

    (void)state;
    add_to(t, 1, "<ID>a</ID>");
    add_to(t, 2, "<ID>a<b>b</b></ID>");
    assert_string_equal(ask(t, "count(//*[ID='a'])", &ticks), "1");
    assert_string_equal(ask(t, "count(//*[ID='ab'])", &ticks), "1");
    add_to(t, 1, "<ID>ab</ID>");
    assert_string_equal(ask(t, "count(//*[ID='a'])", &ticks), "0");
    assert_string_equal(ask(t, "count(//*[ID='ab'])", &ticks), "2");
    e = entry_table_find(t, "00000001-0000-4000-8000-000000000000");
    entry_table_put(t, entry_create(e->text, e->id, NOW_MS + 5000));
    entry_unref(e);
    assert_string_equal(ask(t, "count(//*[ID='ab'])", &ticks), "2");
    entry_unref(entry_table_take(t, "00000001-0000-4000-8000-000000000000"));
    assert_string_equal(ask(t, "count(//*[ID='ab'])", &ticks), "1");
    for (int i = 0; i < 2000; i++)
        buf_addf(&many, "<ID>%d</ID>", i);
    add_to(t, 3, buf_str(&many));
    assert_string_equal(ask(t, "count(//ID[.='1999'])", &ticks), "1");
    buf_fini(&many);
    entry_table_destroy(t);
}

static void
made_up_expressions_agree(void **state)
{
    unsigned long most = getenv("GATEHOUSE_FULL") != NULL ? 120000 : 6000;
    unsigned bad = 0;

    (void)state;
    planned = asked = 0;
    for (unsigned long i = 0; i < most && bad < 5; i++) {
        struct buf text = BUF_INIT;

        question(&text);
        bad += !agree((enum dialect)(i % DIALECT_COUNT), buf_str(&text));
        buf_fini(&text);
    }
    print_message("# %lu expressions, %lu answered entry by entry\n", asked,
                  planned);
    assert_int_equal(bad, 0);
    assert_true(planned > asked / 4);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_users_ask_is_answered_entry_by_entry),
        cmocka_unit_test(what_needs_several_entries_is_not),
        cmocka_unit_test(a_query_by_key_does_not_look_at_every_entry),
        cmocka_unit_test(a_range_does_not_look_at_every_entry),
        cmocka_unit_test(keys_follow_changes),
        cmocka_unit_test(made_up_expressions_agree),
    };

    return cmocka_run_group_tests_name("xplan", tests, setup, teardown);
}

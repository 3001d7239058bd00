/* mds/entry_show.c - see entry_show.h. */
#include <string.h>

#include "base/xml.h"
#include "mds/entry_show.h"
#include "mds/rpdoc.h"

struct entry_text *
entry_show_read(const struct registration_in *in, struct tagnames *names,
                struct err *err)
{
    struct rpdoc_entry shown = { "id", in->member, in->member_params,
                                 in->config, in->data };
    struct buf text = BUF_INIT;
    struct flat f = { .names = names };
    struct entry_text *t = NULL;
    xmlNode *node;

    rpdoc_entry_text(&text, DIALECT_FINAL, "url", &shown);
    node = rpdoc_entry(text.data, text.len, err);
    buf_fini(&text);
    if (node != NULL && flat_build(&f, node, err) == 0)
        t = entry_text_create(in->owner, &f);
    xmlFreeNode(node);
    flat_fini(&f);
    return t;
}

void
entry_show(const struct entry *e, enum dialect d, const char *entry_url,
           struct buf *out)
{
    const struct entry_text *t = e->text;
    struct rpdoc_entry shown = { e->id, t->member, t->params, t->config,
                                 t->data };

    rpdoc_entry_text(out, d, entry_url, &shown);
}

/* Write <P:NAME>TEXT</P:NAME> in namespace NS. */
static void
put_simple(struct buf *out, const char *ns, const char *name, const char *value)
{
    buf_addf(out, "<p:%s xmlns:p=\"%s\">%s</p:%s>", name, ns, value, name);
}

int
entry_show_group(enum dialect d, const char *name, size_t count,
                 struct buf *out, struct err *err)
{
    const struct dialect_names *n = dialect_names(d);
    char text[TIME_TEXT], number[32];

    if (strcmp(name, "CurrentTime") == 0)
        put_simple(out, n->rl, name, time_utc_ms(time_now_ms(), text));
    else if (strcmp(name, "TerminationTime") == 0)
        buf_addf(out,
                 "<p:TerminationTime xmlns:p=\"%s\" xmlns:xsi=\"http://"
                 "www.w3.org/2001/XMLSchema-instance\" xsi:nil=\"true\"/>",
                 n->rl);
    else if (strcmp(name, "QueryExpressionDialect") == 0) {
        put_simple(out, n->rp, name, XPATH_DIALECT);
        put_simple(out, n->rp, name, TARGETED_DIALECT);
    } else if (strcmp(name, "RegistrationCount") == 0) {
        snprintf(number, sizeof(number), "%zu", count);
        put_simple(out, AGGREGATOR_NS, name, number);
    } else if (strcmp(name, "MembershipContentRule") != 0)
        return err_set(err, ERR_UNSUPPORTED, "the index has no property '%s'",
                       name);
    return 0;
}

/* Write an EPR property of an entry. */
static void
put_epr(struct buf *out, const struct dialect_names *n, const char *name,
        const char *address, const char *params)
{
    buf_addf(out, "<sg:%s xmlns:sg=\"%s\" xmlns:wsa=\"%s\">", name, n->sg,
             wsa_ns(n->wsa));
    wsa_epr_write(out, n->wsa, address, params);
    buf_addf(out, "</sg:%s>", name);
}

/* Write E's content as an element of D. */
static int
put_content(const struct entry *e, enum dialect d, const char *entry_url,
            struct buf *out, struct err *err)
{
    struct buf text = BUF_INIT;
    xmlNode *node;

    entry_show(e, d, entry_url, &text);
    node = rpdoc_entry(text.data, text.len, err);
    if (node != NULL)
        xml_write(out, xml_child(node, dialect_names(d)->sg, "Content"));
    buf_fini(&text);
    xmlFreeNode(node);
    return node != NULL ? 0 : -1;
}

int
entry_show_property(const struct entry *e, enum dialect d,
                    const struct entry_urls *urls, const char *name,
                    struct buf *out, struct err *err)
{
    const struct dialect_names *n = dialect_names(d);
    const char *params = e->text->params;
    char text[TIME_TEXT];

    if (strcmp(name, "Content") == 0)
        return put_content(e, d, urls->entry, out, err);
    if (strcmp(name, "MemberEPR") == 0)
        put_epr(out, n, name, e->text->member, *params != '\0' ? params : NULL);
    else if (strcmp(name, "ServiceGroupEPR") == 0)
        put_epr(out, n, name, urls->group, NULL);
    else if (strcmp(name, "CurrentTime") == 0)
        put_simple(out, n->rl, name, time_utc_ms(time_now_ms(), text));
    else if (strcmp(name, "TerminationTime") == 0)
        put_simple(out, n->rl, name, time_utc_ms(e->expires_ms, text));
    else
        return err_set(err, ERR_UNSUPPORTED, "an entry has no property '%s'",
                       name);
    return 0;
}

int
entry_show_document(const struct entry *e, enum dialect d,
                    const struct entry_urls *urls, struct buf *out,
                    struct err *err)
{
    static const char *const all[] = { "TerminationTime", "MemberEPR",
                                       "Content", "CurrentTime",
                                       "ServiceGroupEPR" };

    buf_adds(out, "<agg:ServiceGroupEntryRP xmlns:agg=\"" AGGREGATOR_NS "\">");
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (entry_show_property(e, d, urls, all[i], out, err) < 0)
            return -1;
    buf_adds(out, "</agg:ServiceGroupEntryRP>");
    return 0;
}

/* The text that a node keeps of an expression's value, by its bind type (forms.md 7.2). */
#include "engine/sheet.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/number.h"
#include "base/text.h"

#include <string.h>

static const char *plain_number(struct sheet *s, double number)
{
    struct buf b;
    buf_init(&b, s->scratch);
    number_print(&b, number);
    return buf_text(&b);
}

static const char *stored_date(struct sheet *s, enum xvalue_kind kind, double days, uint32_t type)
{
    if (type == IMAGE_TYPE_DATE)
        return xdate_date(s->scratch, __builtin_floor(days));
    if (type == IMAGE_TYPE_TIME || kind == XVALUE_TIME)
        return xdate_time(s->scratch, days, s->run.utc_offset_min);
    return xdate_datetime(s->scratch, days, s->run.utc_offset_min);
}

static bool is_date_type(uint32_t type)
{
    return type == IMAGE_TYPE_DATE || type == IMAGE_TYPE_TIME || type == IMAGE_TYPE_DATETIME;
}

static const char *stored_number(struct sheet *s, double number, uint32_t type, uint32_t *flags)
{
    if (number != number)
        return "";
    if (is_date_type(type))
        return stored_date(s, XVALUE_DATETIME, number, type);
    if (type != IMAGE_TYPE_INT)
        return plain_number(s, number);
    if (number >= 2147483648.0 || number <= -2147483649.0) {
        *flags |= SHEET_TOO_LARGE;
        return "";
    }
    return plain_number(s, __builtin_trunc(number));
}

static const char *stored_text(struct sheet *s, const char *text, uint32_t type, uint32_t *flags)
{
    struct xvalue date;
    double number;
    if (is_date_type(type))
        return xdate_read(text, s->run.utc_offset_min, &date)
                   ? stored_date(s, date.kind, date.as.number, type)
                   : "";
    if (type == IMAGE_TYPE_INT || type == IMAGE_TYPE_DECIMAL)
        return number_read(text, strlen(text), &number) ? stored_number(s, number, type, flags)
                                                        : "";
    if (type == IMAGE_TYPE_BOOLEAN && text_equal(text, "true"))
        return "1";
    if (type == IMAGE_TYPE_BOOLEAN && text_equal(text, "false"))
        return "0";
    return text;
}

/* A date node keeps its day as an instant when a text node copies it, as JavaRosa writes it. */
static const char *stored_node(struct sheet *s, const struct xnodes *nodes, uint32_t type,
                               uint32_t *flags)
{
    if (nodes->count == 0)
        return "";
    struct xnode node = nodes->items[0];
    const char *text = xnode_string(&s->run, node);
    enum xtype from = node.tree->ops->type(node.tree, node.id);
    struct xvalue date;
    if (from == XTYPE_DATE && type == IMAGE_TYPE_STRING &&
        xdate_read(text, s->run.utc_offset_min, &date))
        return stored_date(s, XVALUE_DATETIME, date.as.number, IMAGE_TYPE_DATETIME);
    return stored_text(s, text, type, flags);
}

const char *sheet_stored(struct sheet *s, const struct xvalue *v, uint32_t type, uint32_t *flags)
{
    switch (v->kind) {
    case XVALUE_BOOLEAN:
        return v->as.boolean ? "1" : "0";
    case XVALUE_NUMBER:
        return stored_number(s, v->as.number, type, flags);
    case XVALUE_NODES:
        return stored_node(s, &v->as.nodes, type, flags);
    case XVALUE_STRING:
        return stored_text(s, v->as.string, type, flags);
    default:
        if (type == IMAGE_TYPE_INT || type == IMAGE_TYPE_DECIMAL)
            return stored_number(s, v->as.number, type, flags);
        return stored_date(s, v->kind, v->as.number, type);
    }
}

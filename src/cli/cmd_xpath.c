/* bangban xpath: what an expression gives, over a document or none. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/number.h"
#include "base/text.h"
#include "cli/command.h"
#include "formats/json.h"
#include "forms/xml_tree.h"
#include "forms/xpath_document.h"

#include <string.h>

static struct err *read_document(const struct command_line *c,
                                 const struct xpath_document **document_out)
{
    const char *path = command_option(c, "--context");
    const void *xml = "<data/>";
    size_t size = strlen(xml);
    if (*path)
        TRY(command_read_file(c->arena, path, LIMIT_XML_BYTES, &xml, &size));
    return xpath_document_open(c->arena, xml, size, document_out);
}

/* "+08:00", "-07:00", "Z"; without it the time zone of 中国. */
static struct err *read_offset(const struct command_line *c, int32_t *offset_out)
{
    const char *text = command_option(c, "--tz");
    struct xvalue noon;
    *offset_out = 8 * 60;
    if (!*text)
        return NULL;
    if (!xdate_read(text_join(c->arena, "12:00", text), 0, &noon))
        return err_new(c->arena, ERR_USAGE, "command.option", "--tz",
                       "Write the offset after --tz as +08:00, not '%s'.",
                       "--tz 后面请写成 +08:00，不是“%s”。", text);
    /* Noon there, told as the time of day in UTC. */
    int32_t offset = 12 * 60 - (int32_t)(noon.as.number * 1440 + 0.5);
    if (*text == '+' && offset < 0)
        offset += 24 * 60;
    if (*text == '-' && offset > 0)
        offset -= 24 * 60;
    *offset_out = offset;
    return NULL;
}

static const char *kind_name(enum xvalue_kind kind)
{
    static const char *const names[] = {
        [XVALUE_STRING] = "string",     [XVALUE_NUMBER] = "number", [XVALUE_BOOLEAN] = "boolean",
        [XVALUE_NODES] = "nodeset",     [XVALUE_DATE] = "date",     [XVALUE_TIME] = "time",
        [XVALUE_DATETIME] = "dateTime",
    };
    return names[kind];
}

static void put_number(struct json_out *j, double number)
{
    if (number - number == 0)
        json_put_real(j, "number", number);
    else
        json_put_text(j, "number",
                      number != number ? "NaN"
                      : number > 0     ? "Infinity"
                                       : "-Infinity");
}

static void put_nodes(struct json_out *j, struct arena *a, const struct xvalue *v)
{
    json_open_array(j, "nodes");
    for (size_t i = 0; i < v->as.nodes.count; i++)
        json_put_text(j, NULL, xml_tree_path(a, v->as.nodes.items[i]));
    json_close_array(j);
}

static void print_json(const struct command_line *c, struct xpath_answer *answer)
{
    struct buf b;
    struct json_out j;
    buf_init(&b, c->arena);
    json_start(&j, &b);
    json_open_object(&j, NULL);
    json_put_text(&j, "kind", kind_name(answer->value.kind));
    json_put_text(&j, "value", xvalue_string(&answer->run, &answer->value));
    put_number(&j, xvalue_number(&answer->run, &answer->value));
    json_put_bool(&j, "boolean", xvalue_boolean(&answer->run, &answer->value));
    if (answer->value.kind == XVALUE_NODES)
        put_nodes(&j, c->arena, &answer->value);
    json_close_object(&j);
    buf_char(&b, '\n');
    command_print(buf_text(&b));
}

/* The value as the wanted kind, one line; node sets as paths, one a line. */
static const char *as_kind(const struct command_line *c, struct xpath_answer *answer,
                           const char *kind)
{
    struct buf b;
    buf_init(&b, c->arena);
    if (text_equal(kind, "number")) {
        number_print(&b, xvalue_number(&answer->run, &answer->value));
    } else if (text_equal(kind, "boolean")) {
        buf_add(&b, xvalue_boolean(&answer->run, &answer->value) ? "true" : "false");
    } else if (text_equal(kind, "nodeset") && answer->value.kind == XVALUE_NODES) {
        for (size_t i = 0; i < answer->value.as.nodes.count; i++)
            buf_print(&b, "%s%s", i ? "\n" : "",
                      xml_tree_path(c->arena, answer->value.as.nodes.items[i]));
    } else {
        buf_add(&b, xvalue_string(&answer->run, &answer->value));
    }
    buf_char(&b, '\n');
    return buf_text(&b);
}

static struct err *run_xpath(const struct command_line *c)
{
    const struct xpath_document *document;
    struct xpath_setting setting = {
        .context = command_option(c, "--node"),
        .root = command_option(c, "--root"),
        .language = command_option(c, "--itext"),
        .now_ms = clock_now_ms(NULL),
        .is_getodk = text_equal(command_option(c, "--profile"), "getodk"),
        .is_xpath1 = text_equal(command_option(c, "--profile"), "xpath1"),
    };
    struct xpath_answer answer;
    if (c->word_count != 1)
        return err_new(c->arena, ERR_USAGE, "command.usage", "", "Give one expression: %s",
                       "请写一个表达式：%s", cmd_xpath.usage);
    TRY(read_document(c, &document));
    TRY(read_offset(c, &setting.utc_offset_min));
    TRY(xpath_document_ask(c->arena, document, c->words[0], &setting, &answer));
    if (c->is_json)
        print_json(c, &answer);
    else
        command_print(as_kind(c, &answer, command_option(c, "--kind")));
    return NULL;
}

const struct command cmd_xpath = {
    .name = "xpath",
    .usage = "xpath EXPR [--context FILE.xml] [--node PATH]",
    .summary = "Evaluate an expression",
    .summary_zh = "计算一个表达式",
    .run = run_xpath,
    .flags = "",
};

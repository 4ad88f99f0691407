/* The model: instances, binds and actions. Shape: forms.md 5. */
#include "forms/xlsform_internal.h"

/* Does the tag being written have the attribute? A '<' or '"' in a value is escaped, so the last
 * '<' is the tag's own. */
static bool has_attribute(const struct buf *out, const char *name)
{
    const char *tag = out->size ? memrchr(out->data, '<', out->size) : NULL;
    const char *from = tag ? tag : out->data;
    size_t size = out->size - (size_t)(tag ? tag - out->data : 0), length = strlen(name);
    for (const char *p = from; size && (p = memmem(p, size, name, length)); p++) {
        size = out->size - (size_t)(p + 1 - out->data);
        if (p > out->data && p[-1] == ' ' && size > length && p[length] == '=' &&
            p[length + 1] == '"')
            return true;
    }
    return false;
}

/* The first of a name counts: XML allows no second. */
void write_attribute(struct buf *out, const char *name, const char *value)
{
    if (has_attribute(out, name))
        return;
    buf_print(out, " %s=\"", name);
    text_escape_xml(out, value);
    buf_char(out, '"');
}

static void write_some(struct buf *out, const char *name, const char *value)
{
    if (*value)
        write_attribute(out, name, value);
}

/* A plain name, or one with a prefix that the form or the settings declare. */
bool is_attribute_name(struct compiler *c, const char *name)
{
    static const char known[] = " h= ev= xsd= jr= orx= odk= ";
    const char *colon = strchr(name, ':');
    if (strncmp(name, "xml", 3) == 0)
        return false;
    if (!colon)
        return is_xml_name(name);
    const char *declared = text_print(c->arena, " %.*s=", (int)(colon - name), name);
    const char *settings = text_print(c->arena, " %s", setting(c, "namespaces"));
    return is_xml_name(colon + 1) &&
           is_ascii_name(arena_copy(c->arena, name, (size_t)(colon - name))) &&
           (strstr(known, declared) || (c->uses_entities && text_equal(declared, " entities=")) ||
            strstr(settings, declared));
}

/* The main instance --------------------------------------------------------------------------- */

static void write_node(struct compiler *c, struct buf *out, const struct item *item,
                       bool is_template);

/* Columns instance::x of the row, and compact_tag. */
static void node_attributes(struct compiler *c, struct buf *out, const struct item *item)
{
    write_some(out, "odk:tag", survey_cell(c, item, S_COMPACT_TAG));
    for (size_t i = 0; item->row && i < c->survey.column_count; i++) {
        const struct column *column = &c->survey.columns[i];
        if (*column->group && text_equal(column->group, "instance") &&
            is_attribute_name(c, column->sub))
            write_some(out, column->sub, table_cell(c, item->row, column->index));
    }
}

static const char *static_default(struct compiler *c, const struct item *item)
{
    const char *text = survey_cell(c, item, S_DEFAULT);
    if (!*text || is_dynamic_default(text, item->type))
        return "";
    if (text_equal(item->type->name, "image") && !text_starts(text, "jr://"))
        return text_print(c->arena, "jr://images/%s", text);
    return text;
}

static void write_entity(struct buf *out, const struct entity *e)
{
    bool updates = *e->id || *e->update_if;
    buf_add(out, "<entity");
    write_attribute(out, "dataset", e->list);
    if (*e->create_if || !updates)
        buf_add(out, " create=\"1\"");
    if (updates)
        buf_add(out, " update=\"1\" baseVersion=\"\" trunkVersion=\"\" branchId=\"\"");
    buf_add(out, *e->label ? " id=\"\"><label/></entity>" : " id=\"\"/>");
}

static void write_meta(struct compiler *c, struct buf *out)
{
    bool has_id = !text_equal(yes_no(setting(c, "omit_instanceid")), "true()");
    if (!has_id && !c->meta->first && !c->root->entity && !*setting(c, "instance_name"))
        return;
    buf_add(out, "<meta>");
    for (const struct item *i = c->meta->first; i; i = i->next)
        buf_print(out, "<%s/>", i->name);
    if (c->root->entity)
        write_entity(out, c->root->entity);
    if (has_id)
        buf_add(out, "<instanceID/>");
    if (*setting(c, "instance_name"))
        buf_add(out, "<instanceName/>");
    buf_add(out, "</meta>");
}

static void write_children(struct compiler *c, struct buf *out, const struct item *item,
                           bool is_template)
{
    for (const struct item *i = item->first; i; i = i->next) {
        if (i->kind == ITEM_QUESTION && i->type->flags & TYPE_EXTERNAL)
            continue;
        bool is_inside = item->kind == ITEM_REPEAT || nearest_repeat(item);
        if (i->kind == ITEM_REPEAT && (is_template || !is_inside))
            write_node(c, out, i, true);
        if (i->kind != ITEM_REPEAT)
            write_node(c, out, i, is_template);
        else if (!is_template || item->kind != ITEM_REPEAT)
            write_node(c, out, i, false);
    }
    if (item->entity && item->kind != ITEM_ROOT) {
        buf_add(out, "<meta>");
        write_entity(out, item->entity);
        buf_add(out, "</meta>");
    }
}

static void write_node(struct compiler *c, struct buf *out, const struct item *item,
                       bool is_template)
{
    const char *text = item->kind == ITEM_QUESTION ? static_default(c, item) : "";
    buf_print(out, "<%s", item->name);
    if (item->kind == ITEM_REPEAT && is_template)
        buf_add(out, " jr:template=\"\"");
    node_attributes(c, out, item);
    if (!item->first && !item->entity && !*text) {
        buf_add(out, "/>");
        return;
    }
    buf_char(out, '>');
    text_escape_xml(out, text);
    write_children(c, out, item, is_template);
    buf_print(out, "</%s>", item->name);
}

static void root_attributes(struct compiler *c, struct buf *out)
{
    for (size_t i = 0; c->settings.row_count && i < c->settings.column_count; i++) {
        const struct column *column = &c->settings.columns[i];
        const char *value = table_cell(c, &c->settings.rows[0], column->index);
        if (text_equal(column->group, "attribute") && !text_equal(column->sub, "id") &&
            !text_equal(column->sub, "version") && is_attribute_name(c, column->sub))
            write_some(out, column->sub, value);
    }
    write_attribute(out, "id", c->form_id);
    write_some(out, "version", c->version);
    write_some(out, "xmlns", setting(c, "instance_xmlns"));
    write_some(out, "odk:prefix", setting(c, "prefix"));
    write_some(out, "odk:delimiter", setting(c, "delimiter"));
}

static void write_main(struct compiler *c, struct buf *out)
{
    buf_print(out, "<instance><%s", c->root->name);
    root_attributes(c, out);
    buf_char(out, '>');
    write_children(c, out, c->root, false);
    write_meta(c, out);
    buf_print(out, "</%s></instance>", c->root->name);
}

/* Secondary instances ------------------------------------------------------------------------- */

/* False: an instance of that name stands already (with another source: a fault). */
static bool instance_new(struct compiler *c, const char *id, const char *src, const char *code,
                         struct place place)
{
    struct instance **bucket =
        &c->instances[name_hash(id) % (sizeof c->instances / sizeof *c->instances)];
    for (const struct instance *i = *bucket; i; i = i->next) {
        if (!text_equal(i->id, id))
            continue;
        if (!text_equal(i->src, src) || *code) {
            const char *where = fault_at(c, place);
            note_add(&c->notes, NOTE_ERROR, *code ? code : "instance.clash", where, "",
                     "The name '%s' is used for two different lists or files. Rename one.",
                     "名称“%s”同时指两个不同的列表或文件，请改名。", id);
        }
        return false;
    }
    struct instance *i = arena_alloc(c->arena, sizeof *i);
    *i = (struct instance){id, src, *bucket};
    *bucket = i;
    return true;
}

static void write_external(struct compiler *c, struct buf *out, const char *id, const char *src,
                           const char *code, struct place place)
{
    if (!instance_new(c, id, src, code, place))
        return;
    buf_add(out, "<instance");
    write_attribute(out, "id", id);
    write_attribute(out, "src", src);
    buf_add(out, "/>");
}

const char *file_stem(struct compiler *c, const char *file)
{
    const char *slash = strrchr(file, '/');
    const char *start = slash ? slash + 1 : file;
    const char *dot = strrchr(start, '.');
    return arena_copy(c->arena, start, dot ? (size_t)(dot - start) : strlen(start));
}

static void external_question(struct compiler *c, struct buf *out, const struct item *item)
{
    bool is_csv = text_equal(item->type->name, "csv-external");
    const char *src = is_csv ? text_print(c->arena, "jr://file-csv/%s.csv", item->name)
                             : text_print(c->arena, "jr://file/%s.xml", item->name);
    write_external(c, out, item->name, src, "instance.twice", survey_place(c, item, S_NAME));
}

static void external_file(struct compiler *c, struct buf *out, const struct item *item)
{
    const char *folder = text_ends(item->list, ".csv") ? "file-csv" : "file";
    write_external(c, out, file_stem(c, item->list),
                   text_print(c->arena, "jr://%s/%s", folder, item->list), "",
                   survey_place(c, item, S_TYPE));
}

/* Each pulldata('file', …) of a cell. */
static void external_pulldata(struct compiler *c, struct buf *out, const struct item *item,
                              enum survey_column column)
{
    const char *text = survey_cell(c, item, column);
    for (const char *p = text; (p = strstr(p, "pulldata")); p += 8) {
        const char *q = p + 8 + strspn(p + 8, " ");
        if (*q != '(')
            continue;
        q += 1 + strspn(q + 1, " ");
        const char *end = *q == '\'' || *q == '"' ? strchr(q + 1, *q) : NULL;
        if (!end)
            continue;
        const char *id = arena_copy(c->arena, q + 1, (size_t)(end - q - 1));
        write_external(c, out, id, text_print(c->arena, "jr://file-csv/%s.csv", id), "",
                       survey_place(c, item, column));
    }
}

static void write_externals(struct compiler *c, struct buf *out, const struct item *item, int pass)
{
    static const enum survey_column columns[] = {S_CALCULATION,  S_CONSTRAINT, S_READONLY,
                                                 S_REQUIRED,     S_RELEVANT,   S_DEFAULT,
                                                 S_CHOICE_FILTER};
    for (const struct item *i = item->first; i; i = i->next) {
        if (i->row && i->kind == ITEM_QUESTION && pass == 0 && i->type->flags & TYPE_EXTERNAL)
            external_question(c, out, i);
        for (size_t k = 0; i->row && pass == 1 && k < sizeof columns / sizeof *columns; k++)
            external_pulldata(c, out, i, columns[k]);
        if (i->row && pass == 1 && i->kind == ITEM_QUESTION && i->type->flags & TYPE_FILE_LIST)
            external_file(c, out, i);
        write_externals(c, out, i, pass);
    }
}

static void choice_columns(struct compiler *c, struct buf *out, const struct book_row *row,
                           bool in_itext)
{
    for (size_t i = 0; i < c->choices.column_count; i++) {
        const struct column *column = &c->choices.columns[i];
        if (!column->is_element && (in_itext || !text_equal(column->name, "label")))
            continue;
        const char *text = table_cell(c, row, column->index);
        if (!*text)
            continue;
        buf_print(out, "<%s>", column->name);
        text_escape_xml(out, text);
        buf_print(out, "</%s>", column->name);
    }
}

static void write_choice(struct compiler *c, struct buf *out, const struct choice_list *l, size_t i)
{
    buf_add(out, "<item>");
    if (l->needs_itext) {
        buf_add(out, "<itextId>");
        text_escape_xml(out, l->name);
        buf_print(out, "-%zu</itextId>", i);
    }
    buf_add(out, "<name>");
    text_escape_xml(out, i < l->count ? table_cell(c, l->rows[i], c->choice_name_column) : "other");
    buf_add(out, "</name>");
    if (i < l->count)
        choice_columns(c, out, l->rows[i], l->needs_itext);
    else if (!l->needs_itext)
        buf_add(out, "<label>Other</label>");
    buf_add(out, "</item>");
}

static bool has_other_row(struct compiler *c, const struct choice_list *l)
{
    for (size_t i = 0; i < l->count; i++)
        if (text_equal(table_cell(c, l->rows[i], c->choice_name_column), "other"))
            return true;
    return false;
}

static void write_lists(struct compiler *c, struct buf *out)
{
    for (struct choice_list *l = c->lists; l; l = l->next) {
        struct place place = {&c->choices, l->first_row, c->choice_list_column};
        l->has_other = l->has_other && !has_other_row(c, l);
        if (l->is_searched || !instance_new(c, l->name, "", "", place))
            continue;
        buf_add(out, "<instance");
        write_attribute(out, "id", l->name);
        buf_add(out, "><root>");
        for (size_t i = 0; i < l->count + l->has_other; i++)
            write_choice(c, out, l, i);
        buf_add(out, "</root></instance>");
    }
}

/* Binds and actions --------------------------------------------------------------------------- */

static const char *cell_expression(struct compiler *c, const struct item *item,
                                   enum survey_column column)
{
    const char *text = yes_no(survey_cell(c, item, column));
    return expression(c, text, item, survey_place(c, item, column), 0);
}

static const char *bind_type(struct compiler *c, const struct item *item)
{
    const char *given = survey_cell(c, item, S_BIND_TYPE);
    if (*given)
        return given;
    if (item->kind != ITEM_QUESTION)
        return "";
    if (text_equal(item->type->name, "range"))
        for (const struct parameter *p = item->parameters; p; p = p->next)
            if (strchr(p->value, '.') && !text_equal(p->key, "tick_labelset"))
                return "decimal";
    return item->type->bind;
}

static void bind_message(struct compiler *c, struct buf *out, const struct item *item,
                         enum text_kind kind, const char *attribute)
{
    const char *text = row_text(c, &c->survey_texts, item->row, kind, NULL);
    if (!*text)
        return;
    if (message_needs_itext(c, item, kind))
        text = text_print(c->arena, "jr:itext('%s:%s')", item->path, attribute);
    write_attribute(out, attribute, text);
}

static void bind_parameters(struct buf *out, const struct item *item)
{
    static const char *const rows[][2] = {
        {"max-pixels", "orx:max-pixels"},
        {"allow-mock-accuracy", "odk:allow-mock-accuracy"},
        {"location-priority", "odk:location-priority"},
        {"location-min-interval", "odk:location-min-interval"},
        {"location-max-age", "odk:location-max-age"},
        {"track-changes", "odk:track-changes"},
        {"track-changes-reasons", "odk:track-changes-reasons"},
        {"identify-user", "odk:identify-user"},
    };
    for (size_t i = 0; item->parameters && i < sizeof rows / sizeof *rows; i++) {
        const char *value = parameter_of(item, rows[i][0]);
        if (value)
            write_attribute(out, rows[i][1], value);
    }
    const char *quality = parameter_of(item, "quality");
    if (quality && text_equal(item->type->name, "audio"))
        write_attribute(out, "odk:quality", quality);
}

static void bind_columns(struct compiler *c, struct buf *out, const struct item *item)
{
    for (size_t i = 0; item->row && i < c->survey.column_count; i++) {
        const struct column *column = &c->survey.columns[i];
        if (!*column->group || !text_equal(column->group, "bind"))
            continue;
        const char *text = table_cell(c, item->row, column->index);
        if (*text && is_attribute_name(c, column->sub))
            write_attribute(out, column->sub,
                            expression(c, yes_no(text), item,
                                       place_of(&c->survey, item->row, column->index),
                                       EXPRESSION_UNCHECKED));
    }
}

static const char *bind_calculate(struct compiler *c, const struct item *item)
{
    if (item->is_triggered || !*item->calculation)
        return "";
    const struct item *context = item;
    return expression(c, yes_no(item->calculation), context,
                      item->row ? survey_place(c, item, S_CALCULATION)
                                : (struct place){&c->survey, 0, NO_COLUMN},
                      0);
}

static const char *bind_relevant(struct compiler *c, const struct item *item)
{
    if (*item->relevant && !item->row)
        return item->relevant;
    return cell_expression(c, item, S_RELEVANT);
}

static const char *bind_readonly(struct compiler *c, const struct item *item)
{
    bool is_note = item->kind == ITEM_QUESTION && item->type->flags & TYPE_READONLY;
    if (is_note || (item->is_plain_note && !item->row))
        return "true()";
    return cell_expression(c, item, S_READONLY);
}

static void write_bind(struct compiler *c, struct buf *out, const struct item *item)
{
    struct buf b;
    buf_init(&b, c->arena);
    write_some(&b, "type", bind_type(c, item));
    if (item->is_plain_note && item->row) {
        write_attribute(&b, "readonly", "true()");
    } else {
        write_some(&b, "readonly", bind_readonly(c, item));
        write_some(&b, "required", cell_expression(c, item, S_REQUIRED));
        write_some(&b, "relevant", bind_relevant(c, item));
        const char *rule = cell_expression(c, item, S_CONSTRAINT);
        bool is_percentage =
            item->kind == ITEM_QUESTION && text_equal(item->type->name, "percentage");
        write_some(&b, "constraint", !*rule && is_percentage ? "0 <= . and . <= 100" : rule);
        write_some(&b, "calculate", bind_calculate(c, item));
        bind_message(c, &b, item, TEXT_CONSTRAINT, "jr:constraintMsg");
        bind_message(c, &b, item, TEXT_REQUIRED, "jr:requiredMsg");
        bind_message(c, &b, item, TEXT_NO_APP, "jr:noAppErrorString");
        if (*survey_cell(c, item, S_SAVE_TO) && c->uses_entities)
            write_attribute(&b, "entities:saveto",
                            save_to_property(survey_cell(c, item, S_SAVE_TO)));
        bind_columns(c, &b, item);
    }
    if (item->kind == ITEM_QUESTION) {
        bind_parameters(&b, item);
        write_some(&b, "jr:preload", item->type->preload);
        write_some(&b, "jr:preloadParams", item->type->preload_params);
    }
    if (b.size == 0)
        return;
    buf_print(out, "<bind nodeset=\"%s\"", item->path);
    buf_bytes(out, b.data, b.size);
    buf_add(out, "/>");
}

static void write_actions(struct compiler *c, struct buf *out, const struct item *item)
{
    const char *text = survey_cell(c, item, S_DEFAULT);
    if (*text && is_dynamic_default(text, item->type)) {
        buf_add(out, "<setvalue");
        write_attribute(out, "ref", item->path);
        write_attribute(out, "event", "odk-instance-first-load");
        write_attribute(out, "value",
                        expression(c, text, item, survey_place(c, item, S_DEFAULT), 0));
        buf_add(out, "/>");
    }
    if (text_equal(item->type->name, "start-geopoint"))
        buf_print(out, "<odk:setgeopoint ref=\"%s\" event=\"odk-instance-first-load\"/>",
                  item->path);
    if (text_equal(item->type->name, "background-audio")) {
        const char *quality = parameter_of(item, "quality");
        buf_print(out, "<odk:recordaudio ref=\"%s\" event=\"odk-instance-load\"", item->path);
        write_some(out, "odk:quality", quality ? quality : "");
        buf_add(out, "/>");
    }
}

/* One bind of an entity's attribute. */
static void entity_bind(struct compiler *c, struct buf *out, const struct item *node,
                        const char *calculate)
{
    (void)c;
    buf_add(out, "<bind");
    write_attribute(out, "nodeset", node->path);
    write_some(out, "calculate", calculate);
    buf_add(out, " readonly=\"true()\" type=\"string\"/>");
}

static struct item entity_node(struct compiler *c, struct item *container, const char *name)
{
    struct item node = {.kind = ITEM_QUESTION, .parent = container};
    node.path = text_print(c->arena, "%s/meta/entity/%s", container->path, name);
    node.depth = container->depth + 3;
    return node;
}

static const char *entity_expression(struct compiler *c, const struct item *node,
                                     const struct entity *e, const char *text, const char *column)
{
    return expression(c, text, node,
                      place_of(&c->entities_table, e->row, table_index(&c->entities_table, column)),
                      0);
}

static void entity_versions(struct compiler *c, struct buf *out, const struct entity *e)
{
    static const char *const names[][2] = {{"@baseVersion", "__version"},
                                           {"@trunkVersion", "__trunkVersion"},
                                           {"@branchId", "__branchId"}};
    for (size_t i = 0; i < 3; i++) {
        struct item node = entity_node(c, e->container, names[i][0]);
        const char *text = text_print(c->arena, "instance('%s')/root/item[name=%s]/%s", e->list,
                                      e->id, names[i][1]);
        entity_bind(c, out, &node, entity_expression(c, &node, e, text, "entity_id"));
    }
}

static void entity_id(struct compiler *c, struct buf *out, const struct entity *e)
{
    struct item node = entity_node(c, e->container, "@id");
    entity_bind(c, out, &node, entity_expression(c, &node, e, e->id, "entity_id"));
    if (!*e->id) { /* in repeats a copy for new instances stands in the body */
        buf_add(out, "<setvalue");
        write_attribute(out, "ref", node.path);
        write_attribute(out, "event", "odk-instance-first-load");
        buf_add(out, " value=\"uuid()\"/>");
    }
}

static void write_entity_binds(struct compiler *c, struct buf *out, const struct entity *e)
{
    if (*e->create_if) {
        struct item node = entity_node(c, e->container, "@create");
        entity_bind(c, out, &node, entity_expression(c, &node, e, e->create_if, "create_if"));
    }
    if (*e->update_if) {
        struct item node = entity_node(c, e->container, "@update");
        entity_bind(c, out, &node, entity_expression(c, &node, e, e->update_if, "update_if"));
    }
    if (*e->id)
        entity_versions(c, out, e);
    entity_id(c, out, e);
    if (*e->label) {
        struct item node = entity_node(c, e->container, "label");
        entity_bind(c, out, &node, entity_expression(c, &node, e, e->label, "label"));
    }
}

static void write_binds(struct compiler *c, struct buf *out, const struct item *item)
{
    for (const struct item *i = item->first; i && !gives_up(c); i = i->next) {
        if (i->kind == ITEM_QUESTION && i->type->flags & TYPE_EXTERNAL)
            continue;
        write_bind(c, out, i);
        if (i->kind == ITEM_QUESTION)
            write_actions(c, out, i);
        write_binds(c, out, i);
    }
    if (item->entity && item->kind != ITEM_ROOT)
        write_entity_binds(c, out, item->entity);
}

static void write_meta_binds(struct compiler *c, struct buf *out)
{
    write_binds(c, out, c->meta);
    if (c->root->entity)
        write_entity_binds(c, out, c->root->entity);
    const char *id = setting(c, "instance_id");
    struct place place = {&c->settings, c->settings.header_row + 1, NO_COLUMN};
    if (!text_equal(yes_no(setting(c, "omit_instanceid")), "true()")) {
        buf_print(out, "<bind nodeset=\"/%s/meta/instanceID\" type=\"string\" readonly=\"true()\"",
                  c->root->name);
        write_attribute(out, "jr:preload", *id ? id : "uid");
        buf_add(out, "/>");
    }
    const char *name = setting(c, "instance_name");
    place.column = table_index(&c->settings, "instance_name");
    if (!*name)
        return;
    buf_print(out, "<bind nodeset=\"/%s/meta/instanceName\" type=\"string\"", c->root->name);
    write_attribute(out, "calculate", expression(c, name, NULL, place, 0));
    buf_add(out, "/>");
}

static void write_submission(struct compiler *c, struct buf *out)
{
    const char *url = setting(c, "submission_url"), *key = setting(c, "public_key");
    const char *send = setting(c, "auto_send"), *drop = setting(c, "auto_delete");
    bool is_editable = text_equal(yes_no(setting(c, "client_editable")), "true()");
    if (!*url && !*key && !*send && !*drop && !is_editable)
        return;
    buf_add(out, "<submission");
    if (*url) {
        write_attribute(out, "action", url);
        write_attribute(out, "method", "post");
    }
    write_some(out, "base64RsaPublicKey", key);
    write_some(out, "orx:auto-send", send);
    write_some(out, "orx:auto-delete", drop);
    if (is_editable)
        write_attribute(out, "odk:client-editable", "true");
    buf_add(out, "/>");
}

static void write_rules(struct buf *out, const struct service *service)
{
    for (size_t i = 0; service && i < service->rule_count; i++) {
        buf_add(out, "<bangban:rule");
        write_attribute(out, "name", service->rules[i].name);
        write_attribute(out, "expression", service->rules[i].expression);
        buf_add(out, "/>");
    }
}

void write_model(struct compiler *c, struct buf *out, const struct service *service)
{
    struct buf binds;
    buf_init(&binds, c->arena);
    write_binds(c, &binds, c->root);
    write_meta_binds(c, &binds);
    buf_add(out, "<model odk:xforms-version=\"1.0.0\"");
    bool is_nested = c->entity_count > 1 || (c->entities && c->entities->container != c->root);
    if (c->uses_entities)
        write_attribute(out, "entities:entities-version", is_nested ? "2025.1.0" : "2024.1.0");
    buf_char(out, '>');
    write_submission(c, out);
    write_itext(c, out);
    write_main(c, out);
    write_externals(c, out, c->root, 0);
    write_externals(c, out, c->root, 1);
    struct buf lists;
    buf_init(&lists, c->arena);
    write_lists(c, &lists);
    if (c->uses_last_saved)
        write_external(c, out, "__last-saved", "jr://instance/last-saved", "",
                       (struct place){&c->survey, 0, NO_COLUMN});
    buf_bytes(out, lists.data, lists.size);
    buf_bytes(out, binds.data, binds.size);
    write_rules(out, service);
    buf_add(out, "</model>");
}

/* The sheet `entities` and the column `save_to`. Each entity's node stands in the meta of one
 * container: the form, a group or a repeat. Its own questions must find it as the nearest one above
 * them. */
#include "forms/alias.h"
#include "forms/xlsform_internal.h"

const char *save_to_property(const char *save_to)
{
    const char *mark = strchr(save_to, '#');
    return mark ? mark + 1 : save_to;
}

static struct place entity_place(const struct compiler *c, const struct entity *e,
                                 const char *column)
{
    return place_of(&c->entities_table, e->row,
                    *column ? table_index(&c->entities_table, column) : NO_COLUMN);
}

/* Rows ---------------------------------------------------------------------------------------- */

static void check_columns(struct compiler *c)
{
    const struct table *t = &c->entities_table;
    for (size_t i = 0; i < t->column_count; i++) {
        if (t->columns[i].is_known)
            continue;
        const char *nearest = alias_nearest(c->arena, "entities", t->columns[i].header);
        const char *where = fault_at(c, (struct place){t, t->header_row, t->columns[i].index});
        note_add(&c->notes, NOTE_ERROR, "entity.column", where, nearest ? nearest : "",
                 "The sheet 'entities' has no column '%s'.", "“entities”表没有列“%s”。",
                 t->columns[i].header);
    }
}

static void name_fault(struct compiler *c, struct place place, const char *code,
                       const char *english, const char *chinese)
{
    const char *where = fault_at(c, place);
    note_add(&c->notes, NOTE_ERROR, code, where, "", "%s", "%s", english);
    c->notes.last->message_zh = chinese;
}

static void check_entity_name(struct compiler *c, struct place place, const char *name)
{
    if (strncmp(name, "__", 2) == 0)
        name_fault(c, place, "entity.name_underscores",
                   "The name must not begin with two underscores.", "名称不能以两个下划线开头。");
    else if (strchr(name, '.'))
        name_fault(c, place, "entity.name_period", "The name must not hold a period.",
                   "名称不能含有句点。");
    else if (!is_xml_name(name))
        name_fault(
            c, place, "name.invalid",
            "The name must begin with a letter or '_' and hold only letters, digits, '_', '-'.",
            "名称应以字母或下划线开头，只含字母、数字、“_”“-”。");
}

static void check_mode(struct compiler *c, const struct entity *e)
{
    struct place place = entity_place(c, e, "");
    bool creates = *e->create_if || !*e->id;
    if (*e->update_if && !*e->id)
        name_fault(c, place, "entity.no_id", "Updating needs entity_id: which entry is meant?",
                   "更新条目需要填写 entity_id。");
    else if (*e->create_if && *e->id && !*e->update_if)
        name_fault(c, place, "entity.no_update_if",
                   "With create_if and entity_id also give update_if.",
                   "同时有 create_if 与 entity_id 时还需填写 update_if。");
    else if (creates && !*e->label && !*e->id)
        name_fault(c, place, "entity.no_label", "Creating an entry needs a label.",
                   "新建条目需要填写 label。");
}

static struct entity *read_entity(struct compiler *c, const struct book_row *row)
{
    const struct table *t = &c->entities_table;
    struct entity *e = arena_alloc(c->arena, sizeof *e);
    *e = (struct entity){.row = row};
    e->list = table_cell(c, row, table_index(t, "list_name"));
    e->label = table_cell(c, row, table_index(t, "label"));
    e->id = table_cell(c, row, table_index(t, "entity_id"));
    e->create_if = table_cell(c, row, table_index(t, "create_if"));
    e->update_if = table_cell(c, row, table_index(t, "update_if"));
    e->repeat = table_cell(c, row, table_index(t, "repeat"));
    struct place place = entity_place(c, e, "list_name");
    if (!*e->list)
        name_fault(c, place, "entity.no_name", "An entity list must have a name.",
                   "台账须有名称。");
    else
        check_entity_name(c, place, e->list);
    for (const struct entity *o = c->entities; o; o = o->next)
        if (*e->list && text_equal(o->list, e->list))
            name_fault(c, place, "entity.list_twice", "This list is declared twice.",
                       "此台账重复声明。");
    check_mode(c, e);
    return e;
}

void entities_read(struct compiler *c)
{
    if (!table_open(c, "entities", &c->entities_table))
        return;
    check_columns(c);
    struct entity **end = &c->entities;
    size_t count = row_limit(c, &c->entities_table);
    for (size_t i = 0; i < count && !gives_up(c); i++) {
        *end = read_entity(c, &c->entities_table.rows[i]);
        end = &(*end)->next;
        c->entity_count++;
    }
    c->uses_entities = c->entity_count > 0;
}

/* save_to ------------------------------------------------------------------------------------- */

struct saving { /* a question with save_to, or one named by an entity's expression */
    struct item *item;
    struct entity *entity;
    const char *property;
    bool is_save_to;
    struct saving *next;
};

struct savings {
    struct compiler *c;
    struct saving *first, **end;
};

static struct entity *entity_by_list(struct compiler *c, const char *list)
{
    for (struct entity *e = c->entities; e; e = e->next)
        if (text_equal(e->list, list))
            return e;
    return NULL;
}

static void check_property(struct compiler *c, struct place place, const char *property)
{
    if (text_equal_fold(property, "name") || text_equal_fold(property, "label"))
        name_fault(c, place, "entity.name_reserved", "'name' and 'label' are reserved.",
                   "“name”和“label”已被系统占用。");
    else
        check_entity_name(c, place, property);
}

static void check_property_twice(struct savings *s, struct place place, const struct saving *new)
{
    for (const struct saving *o = s->first; o; o = o->next)
        if (o->is_save_to && o->entity == new->entity &&text_equal(o->property, new->property))
            name_fault(s->c, place, "entity.property_twice",
                       "This property is saved by another question already.",
                       "此属性已由另一题写入。");
}

static struct entity *entity_of(struct compiler *c, struct place place, const char *save_to)
{
    const char *mark = strchr(save_to, '#');
    struct entity *e = c->entities;
    if (mark && strchr(mark + 1, '#')) {
        name_fault(c, place, "entity.two_marks", "save_to holds at most one '#': list#property.",
                   "save_to 最多含一个“#”：台账#属性。");
        return NULL;
    }
    if (!mark && c->entity_count > 1) {
        name_fault(c, place, "entity.no_prefix", "With several lists write list#property.",
                   "有多个台账时请写“台账#属性”。");
        return NULL;
    }
    if (mark)
        e = entity_by_list(c, arena_copy(c->arena, save_to, (size_t)(mark - save_to)));
    if (!e)
        name_fault(c, place, "entity.unknown_list", "The sheet 'entities' has no such list.",
                   "“entities”表没有这个台账。");
    return e;
}

static void add_saving(struct savings *s, struct item *item, struct entity *entity,
                       const char *property, bool is_save_to)
{
    struct saving *new = arena_alloc(s->c->arena, sizeof *new);
    *new = (struct saving){item, entity, property, is_save_to, NULL};
    if (is_save_to)
        check_property_twice(s, survey_place(s->c, item, S_SAVE_TO), new);
    *s->end = new;
    s->end = &new->next;
}

static void read_save_to(struct savings *s, struct item *item)
{
    struct compiler *c = s->c;
    const char *save_to = survey_cell(c, item, S_SAVE_TO);
    struct place place = survey_place(c, item, S_SAVE_TO);
    if (!*save_to)
        return;
    if (!c->entities) {
        name_fault(c, place, "entity.no_sheet",
                   "save_to needs a sheet 'entities' that names the list.",
                   "save_to 需要“entities”表声明台账。");
        return;
    }
    if (item->kind != ITEM_QUESTION) {
        name_fault(c, place, "entity.save_group",
                   "A group or repeat cannot be saved as a property.",
                   "分组和重复组不能写入台账属性。");
        return;
    }
    struct entity *e = entity_of(c, place, save_to);
    if (!e)
        return;
    check_property(c, place, save_to_property(save_to));
    add_saving(s, item, e, save_to_property(save_to), true);
}

static void read_variables(struct savings *s, struct item *item, struct entity *e)
{
    const char *texts[] = {e->label, e->id, e->create_if, e->update_if};
    const char *mark = text_print(s->c->arena, "${%s}", item->name);
    for (size_t i = 0; i < 4; i++)
        if (strstr(texts[i], mark)) {
            add_saving(s, item, e, "", false);
            return;
        }
}

static void read_savings(struct savings *s, struct item *item)
{
    for (struct item *i = item->first; i; i = i->next) {
        read_save_to(s, i);
        for (struct entity *e = s->c->entities; e; e = e->next)
            if (i->kind == ITEM_QUESTION)
                read_variables(s, i, e);
        read_savings(s, i);
    }
}

/* Containers ---------------------------------------------------------------------------------- */

static size_t repeat_depth(const struct item *item)
{
    size_t depth = 0;
    for (const struct item *r = nearest_repeat(item); r; r = nearest_repeat(r))
        depth++;
    return depth;
}

static struct item *common_parent(struct item *a, const struct item *b)
{
    while (!item_is_above(a, b))
        a = a->parent;
    return a;
}

/* The reference that decides the scope: deepest in repeats, first in the survey. */
static const struct saving *scope_of(const struct savings *s, const struct entity *e)
{
    const struct saving *best = NULL;
    for (const struct saving *o = s->first; o; o = o->next)
        if (o->entity == e && (!best || repeat_depth(o->item) > repeat_depth(best->item)))
            best = o;
    return best;
}

static bool check_scope(struct savings *s, struct entity *e, const struct saving *base)
{
    struct compiler *c = s->c;
    struct item *repeat = nearest_repeat(base->item);
    for (const struct saving *o = s->first; o; o = o->next) {
        if (o->entity != e)
            continue;
        struct item *other = nearest_repeat(o->item);
        bool fits = o->is_save_to ? other == repeat : !other || item_is_above(other, base->item);
        if (fits)
            continue;
        if (o->is_save_to)
            name_fault(c, survey_place(c, o->item, S_SAVE_TO), "entity.save_scope",
                       "This question and the entity's others are in different repeats.",
                       "此题与该台账的其他题目不在同一重复组。");
        else
            name_fault(c, entity_place(c, e, ""), "entity.scope",
                       "The entity refers to questions of different repeats.",
                       "该台账引用了不同重复组的题目。");
        return false;
    }
    return true;
}

/* Where the entity wants to stand: what all its save_to share, else the deepest reference's parent.
 */
static struct item *wanted_container(struct savings *s, const struct entity *e,
                                     const struct saving *base)
{
    struct item *shared = NULL, *deepest = base->item->parent;
    const struct item *repeat = nearest_repeat(base->item);
    for (const struct saving *o = s->first; o; o = o->next) {
        if (o->entity != e || nearest_repeat(o->item) != repeat)
            continue;
        if (o->is_save_to)
            shared = shared ? common_parent(shared, o->item->parent) : o->item->parent;
        if (o->item->parent->depth > deepest->depth)
            deepest = o->item->parent;
    }
    return shared ? shared : deepest;
}

static const struct item *nearest_allocated(const struct item *item, const struct item *extra)
{
    for (item = item->parent; item; item = item->parent)
        if (item->entity || item == extra)
            return item;
    return NULL;
}

/* Would every save_to of the entities placed so far, and of this one, find its own entity? */
static bool can_stand(const struct savings *s, const struct entity *e, const struct item *container)
{
    if (container->entity)
        return false;
    for (const struct saving *o = s->first; o; o = o->next) {
        if (!o->is_save_to || (o->entity != e && !o->entity->container))
            continue;
        const struct item *own = o->entity == e ? container : o->entity->container;
        if (nearest_allocated(o->item, container) != own)
            return false;
    }
    return true;
}

static void place_entity(struct savings *s, struct entity *e)
{
    struct compiler *c = s->c;
    const struct saving *base = scope_of(s, e);
    if (base && !check_scope(s, e, base))
        return;
    const struct item *repeat = base ? nearest_repeat(base->item) : NULL;
    struct item *wanted = base ? wanted_container(s, e, base) : c->root;
    const struct item *top = repeat ? repeat : c->root;
    if (c->entity_count == 1 && !repeat)
        wanted = c->root;
    for (struct item *at = wanted; at; at = at == top ? NULL : at->parent) {
        if (!can_stand(s, e, at))
            continue;
        e->container = at;
        at->entity = e;
        return;
    }
    name_fault(
        c, entity_place(c, e, ""), "entity.no_container",
        "Each form, group or repeat may hold one entity; none is free here. Put the questions "
        "of the lists into groups of their own.",
        "每个表单、分组或重复组只能容纳一个台账，此处已无空位，请把题目分到各自的分组。");
}

void entities_place(struct compiler *c)
{
    struct savings s = {.c = c};
    s.end = &s.first;
    read_savings(&s, c->root);
    for (struct entity *e = c->entities; e; e = e->next)
        place_entity(&s, e);
    for (struct entity *e = c->entities; e; e = e->next)
        if (!e->container)
            e->container = c->root; /* so that writing goes on; there is a fault */
}

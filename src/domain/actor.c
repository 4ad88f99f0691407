/* What an actor may do: asked by the router for each route, by verbs for the post they act with. */
#include "domain/actor.h"

static bool is_somebody(const struct actor *who)
{
    return who->person_id || who->subject_id || who->case_id || who->identity_level >= 0;
}

const struct post *actor_post_for(const struct actor *who, enum right right)
{
    for (size_t i = 0; i < who->post_count; i++)
        if (who->posts[i].rights[right])
            return &who->posts[i];
    return NULL;
}

bool actor_may(const struct actor *who, enum right right)
{
    switch (right) {
    case RIGHT_PUBLIC:
        return true;
    case RIGHT_SELF:
        return is_somebody(who);
    case RIGHT_SIGNED_IN:
        return who->person_id != 0;
    default:
        return actor_post_for(who, right) != NULL;
    }
}

size_t actor_areas(const struct actor *who, enum right right, int64_t areas[static ACTOR_AREAS])
{
    size_t count = 0;
    for (size_t i = 0; i < who->post_count && count < ACTOR_AREAS; i++) {
        if (!who->posts[i].rights[right])
            continue;
        bool is_known = false;
        for (size_t k = 0; k < count; k++)
            is_known = is_known || areas[k] == who->posts[i].area_id;
        if (!is_known)
            areas[count++] = who->posts[i].area_id;
    }
    for (size_t i = count; i < ACTOR_AREAS; i++)
        areas[i] = count ? areas[0] : 0;
    return count;
}

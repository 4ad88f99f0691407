/* The table of question types (forms.md 2). A new type is a row here and names in alias.c. */
#include "forms/question_type.h"

#include "base/text.h"

#include <stddef.h>
#include <string.h>

#define GEO_PARAMETERS "allow-mock-accuracy incremental reference-geometry"
#define SELECT_PARAMETERS "randomize seed"
#define FILE_PARAMETERS "randomize seed value label"

static const struct question_type types[] = {
    {"text", "input", "string", "", "", "", "rows", 0},
    {"note", "input", "string", "", "", "", "", TYPE_READONLY},
    {"integer", "input", "int", "", "", "", "", 0},
    {"decimal", "input", "decimal", "", "", "", "", 0},
    {"date", "input", "date", "", "", "", "", 0},
    {"time", "input", "time", "", "", "", "", 0},
    {"dateTime", "input", "dateTime", "", "", "", "", 0},
    {"select_one", "select1", "string", "", "", "", SELECT_PARAMETERS, TYPE_LIST},
    {"select_multiple", "select", "string", "", "", "", SELECT_PARAMETERS, TYPE_LIST},
    {"select_one_from_file", "select1", "string", "", "", "", FILE_PARAMETERS, TYPE_FILE_LIST},
    {"select_multiple_from_file", "select", "string", "", "", "", FILE_PARAMETERS, TYPE_FILE_LIST},
    {"select_one_external", "input", "string", "", "", "", SELECT_PARAMETERS, 0},
    {"rank", "odk:rank", "odk:rank", "", "", "", SELECT_PARAMETERS, TYPE_LIST},
    {"range", "range", "int", "", "", "", "start end step tick_interval tick_labelset placeholder",
     0},
    {"acknowledge", "trigger", "string", "", "", "", "", 0},
    {"geopoint", "input", "geopoint", "", "", "",
     "capture-accuracy warning-accuracy allow-mock-accuracy reference-geometry", 0},
    {"geotrace", "input", "geotrace", "", "", "", GEO_PARAMETERS, 0},
    {"geoshape", "input", "geoshape", "", "", "", GEO_PARAMETERS, 0},
    {"image", "upload", "binary", "image/*", "", "", "max-pixels app", 0},
    {"audio", "upload", "binary", "audio/*", "", "", "quality", 0},
    {"video", "upload", "binary", "video/*", "", "", "", 0},
    {"file", "upload", "binary", "application/*", "", "", "", 0},
    {"barcode", "input", "barcode", "", "", "", "", 0},
    {"osm", "upload", "binary", "osm/*", "", "", "", 0},
    {"calculate", "", "string", "", "", "", "", TYPE_CALCULATED},
    {"hidden", "", "string", "", "", "", "", 0},
    {"start", "", "dateTime", "", "timestamp", "start", "", TYPE_META},
    {"end", "", "dateTime", "", "timestamp", "end", "", TYPE_META},
    {"today", "", "date", "", "date", "today", "", TYPE_META},
    {"deviceid", "", "string", "", "property", "deviceid", "", TYPE_META},
    {"phonenumber", "", "string", "", "property", "phonenumber", "", TYPE_META},
    {"username", "", "string", "", "property", "username", "", TYPE_META},
    {"email", "", "string", "", "property", "email", "", TYPE_META},
    {"simserial", "", "string", "", "property", "simserial", "", TYPE_META},
    {"subscriberid", "", "string", "", "property", "subscriberid", "", TYPE_META},
    {"uri:deviceid", "", "string", "", "property", "uri:deviceid", "", TYPE_META},
    {"uri:phonenumber", "", "string", "", "property", "uri:phonenumber", "", TYPE_META},
    {"uri:simserial", "", "string", "", "property", "uri:simserial", "", TYPE_META},
    {"uri:subscriberid", "", "string", "", "property", "uri:subscriberid", "", TYPE_META},
    {"uri:username", "", "string", "", "property", "uri:username", "", TYPE_META},
    {"uri:email", "", "string", "", "property", "uri:email", "", TYPE_META},
    {"start-geopoint", "", "geopoint", "", "", "", "", TYPE_META},
    {"background-geopoint", "", "geopoint", "", "", "", "", 0},
    {"background-audio", "", "binary", "", "", "", "quality", TYPE_META},
    {"audit", "", "binary", "", "", "",
     "location-priority location-min-interval location-max-age track-changes "
     "track-changes-reasons identify-user",
     TYPE_META | TYPE_IN_META},
    {"xml-external", "", "", "", "", "", "", TYPE_EXTERNAL},
    {"csv-external", "", "", "", "", "", "", TYPE_EXTERNAL},
    {"begin_group", "group", "", "", "", "", "", TYPE_BEGIN},
    {"begin_repeat", "repeat", "", "", "", "", "", TYPE_BEGIN},
    {"begin_loop", "loop", "", "", "", "", "", TYPE_BEGIN},
    {"end_group", "group", "", "", "", "", "", TYPE_END},
    {"end_repeat", "repeat", "", "", "", "", "", TYPE_END},
    {"end_loop", "loop", "", "", "", "", "", TYPE_END},
    {"percentage", "input", "int", "", "", "", "", 0},
};

const struct question_type *question_type_at(unsigned index)
{
    return index < sizeof types / sizeof *types ? &types[index] : NULL;
}

const struct question_type *question_type_find(const char *name)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (text_equal(types[i].name, name))
            return &types[i];
    return NULL;
}

bool question_type_takes(const struct question_type *t, const char *parameter)
{
    size_t size = strlen(parameter);
    for (const char *p = t->parameters; *p; p += strspn(p, " ")) {
        size_t word = strcspn(p, " ");
        if (word == size && memcmp(p, parameter, size) == 0)
            return true;
        p += word;
    }
    return false;
}

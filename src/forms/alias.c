/* The alias table. A row a name; what stands in `names` means the same. */
#include "forms/alias.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"

#include <string.h>

static const struct alias aliases[] = {
    {ALIAS_SHEETS, "survey", "问卷|题目|题目表|问题"},
    {ALIAS_SHEETS, "choices", "选项|选项表"},
    {ALIAS_SHEETS, "settings", "设置"},
    {ALIAS_SHEETS, "external_choices", "外部选项"},
    {ALIAS_SHEETS, "entities", "台账|条目"},
    {ALIAS_SHEETS, "osm", ""},
    {ALIAS_SHEETS, "service", "事项|事项表"},
    {ALIAS_SHEETS, "materials", "材料|申请材料"},
    {ALIAS_SHEETS, "steps", "环节|办理环节"},
    {ALIAS_SHEETS, "actions", "动作|操作"},
    {ALIAS_SHEETS, "letters", "文书|通知书"},
    {ALIAS_SHEETS, "reports", "报表|统计"},
    {ALIAS_SHEETS, "procedures", "手续"},
    {ALIAS_SHEETS, "outside", "外部系统"},
    {ALIAS_SHEETS, "tasks", "任务"},

    {"survey", "type", "command|类型|题型"},
    {"survey", "name", "tag|value|名称|变量名"},
    {"survey", "label", "caption|标题|题目|问题"},
    {"survey", "say", "朗读|读音"},
    {"survey", "hint", "提示"},
    {"survey", "guidance_hint", "填写说明|详细说明"},
    {"survey", "image", "media::image|图片|配图"},
    {"survey", "big-image", "media::big-image|大图"},
    {"survey", "audio", "media::audio|音频|录音"},
    {"survey", "video", "media::video|视频"},
    {"survey", "required", "bind::required|必填"},
    {"survey", "required_message",
     "requiredmsg|jr:requiredmsg|bind::jr:requiredmsg|required message|必填提示"},
    {"survey", "relevant", "relevance|bind::relevant|相关|显示条件"},
    {"survey", "constraint", "bind::constraint|约束|校验"},
    {"survey", "constraint_message",
     "constraining message|constraining_message|jr:constraintmsg|bind::jr:constraintmsg|约束提示|"
     "校验提示"},
    {"survey", "calculation", "calculate|bind::calculate|计算|公式"},
    {"survey", "default", "默认值"},
    {"survey", "trigger", "触发"},
    {"survey", "readonly", "read_only|bind::readonly|只读"},
    {"survey", "appearance", "control::appearance|body::appearance|外观"},
    {"survey", "parameters", "参数"},
    {"survey", "choice_filter", "选项筛选|筛选"},
    {"survey", "repeat_count", "count|jr:count|control::jr:count|body::jr:count|重复次数"},
    {"survey", "autoplay", "control::autoplay|body::autoplay"},
    {"survey", "rows", "control::rows|body::rows"},
    {"survey", "no_app_error_string", "noapperrorstring|bind::jr:noapperrorstring"},
    {"survey", "compact_tag", "instance::odk:tag"},
    {"survey", "save_to", "bind::entities:saveto|存入|写入台账"},
    {"survey", "disabled", "停用"},
    {"survey", "query", "control::query"},
    {"survey", "intent", "control::intent|body::intent"},
    {"survey", "bind::type", "绑定类型"},
    {"survey", "role", "bind::bangban:role|角色"},
    {"survey", "sms_field", ""},
    {"survey", "sms_option", ""},
    {"survey", "sms_separator", ""},
    {"survey", "sms_allow_media", ""},
    {"survey", "sms_date_format", ""},
    {"survey", "sms_datetime_format", ""},
    {"survey", "sms_response", ""},
    {"survey", "note", "notes|comment|comments|备注"},

    {"choices", "list_name", "list name|列表|列表名|选项组|选项表"},
    {"choices", "name", "value|名称|值|编码"},
    {"choices", "label", "caption|标题|选项|题目"},
    {"choices", "say", "朗读|读音"},
    {"choices", "image", "media::image|图片"},
    {"choices", "big-image", "media::big-image"},
    {"choices", "audio", "media::audio|音频"},
    {"choices", "video", "media::video|视频"},

    {"external_choices", "list_name", "list name"},
    {"external_choices", "name", "value"},
    {"external_choices", "label", "caption"},

    {"osm", "list_name", "list name"},
    {"osm", "name", "value"},
    {"osm", "label", "caption"},

    {"settings", "form_title", "title|set_form_title|set form title|表单标题|标题"},
    {"settings", "form_id", "id_string|set_form_id|set form id|表单编号|编号"},
    {"settings", "version", "版本|版本号"},
    {"settings", "default_language", "默认语言"},
    {"settings", "style", "样式"},
    {"settings", "name", "根节点|名称"},
    {"settings", "instance_name", "实例名称"},
    {"settings", "instance_id", ""},
    {"settings", "instance_xmlns", ""},
    {"settings", "public_key", "公钥"},
    {"settings", "submission_url", "提交地址"},
    {"settings", "auto_send", ""},
    {"settings", "auto_delete", ""},
    {"settings", "namespaces", ""},
    {"settings", "allow_choice_duplicates", "允许选项重复"},
    {"settings", "omit_instanceid", ""},
    {"settings", "clean_text_values", ""},
    {"settings", "client_editable", ""},
    {"settings", "prefix", "compact_prefix"},
    {"settings", "delimiter", "compact_delimiter"},
    {"settings", "compact", ""},

    {"entities", "list_name", "dataset|list name|台账|台账名称"},
    {"entities", "label", "标题"},
    {"entities", "entity_id", "条目编号"},
    {"entities", "create_if", "新建条件"},
    {"entities", "update_if", "更新条件"},
    {"entities", "repeat", "重复组"},

    {"service", "name", "业务办理项名称|事项名称|标题"},
    {"service", "code", "代码|事项代码"},
    {"service", "main_item", "主项名称"},
    {"service", "sub_item", "子项名称"},
    {"service", "base_code", "基本编码"},
    {"service", "impl_code", "实施编码"},
    {"service", "item_code", "业务办理项编码"},
    {"service", "kind", "事项类型"},
    {"service", "legal_basis", "设定依据"},
    {"service", "level", "行使层级"},
    {"service", "power_split", "权限划分"},
    {"service", "owner_unit", "实施主体"},
    {"service", "owner_uscc", "实施主体统一社会信用代码"},
    {"service", "owner_kind", "主体性质|实施主体性质"},
    {"service", "delegated_by", "委托部门"},
    {"service", "joint_units", "联办机构"},
    {"service", "audience", "服务对象"},
    {"service", "theme_person", "面向自然人主题分类"},
    {"service", "theme_org", "面向法人主题分类"},
    {"service", "case_kind", "办件类型"},
    {"service", "limit_legal", "法定办结时限"},
    {"service", "limit_legal_unit", "法定办结时限单位"},
    {"service", "limit_legal_note", "法定办结时限说明"},
    {"service", "limit_promised", "承诺办结时限"},
    {"service", "limit_promised_unit", "承诺办结时限单位"},
    {"service", "limit_promised_note", "承诺办结时限说明"},
    {"service", "condition", "受理条件"},
    {"service", "specials", "特别程序"},
    {"service", "has_fee", "是否收费"},
    {"service", "fee_standard", "收费标准"},
    {"service", "fee_basis", "收费依据"},
    {"service", "agency", "中介服务"},
    {"service", "quota", "数量限制"},
    {"service", "result_name", "结果名称|审批结果名称"},
    {"service", "result_kind", "结果类型|审批结果类型"},
    {"service", "result_sample", "结果样本|审批结果样本"},
    {"service", "delivery", "送达方式"},
    {"service", "visits", "到办事现场次数"},
    {"service", "visit_reason", "必须现场办理原因"},
    {"service", "online_depth", "网上办理深度"},
    {"service", "online", "是否网办"},
    {"service", "booking", "支持预约|是否支持预约办理"},
    {"service", "self_service", "自助|是否支持自助终端办理"},
    {"service", "post", "物流快递|是否支持物流快递"},
    {"service", "assist", "代办|帮办"},
    {"service", "scope", "通办范围"},
    {"service", "place", "办理地点"},
    {"service", "hours", "办理时间"},
    {"service", "phone_ask", "咨询电话|咨询方式"},
    {"service", "phone_complain", "投诉电话|监督投诉方式"},
    {"service", "rights", "权利义务|权利与义务"},
    {"service", "remedies", "救济途径"},
    {"service", "faq", "常见问题"},
    {"service", "version", "版本号|版本"},
    {"service", "status", "状态"},
    {"service", "effective_from", "生效日期"},
    {"service", "keywords", "关键词|口语关键词"},
    {"service", "picture", "图标|图片"},
    {"service", "registry", "台账"},
    {"service", "eligible_when", "符合条件|资格条件"},
    {"service", "proactive", "免申即享"},
    {"service", "identity", "身份级别|身份核验"},
    {"service", "proxy", "可委托|允许代办"},
    {"service", "low_literacy", "大字版|少文字"},

    {"materials", "name", "材料名称|名称|代码"},
    {"materials", "label", "标题|材料标题"},
    {"materials", "kind", "材料类型"},
    {"materials", "medium", "形式|材料形式"},
    {"materials", "originals", "份数(原)|原件份数|份数（原）"},
    {"materials", "copies", "份数(复)|复印件份数|份数（复）"},
    {"materials", "source", "来源渠道"},
    {"materials", "source_note", "来源渠道说明"},
    {"materials", "need", "必要性|材料必要性"},
    {"materials", "criteria", "受理标准"},
    {"materials", "guide", "填报须知"},
    {"materials", "blank", "空表|空白表格"},
    {"materials", "sample", "样表|示例样表"},
    {"materials", "certificate", "对应电子证照|电子证照"},
    {"materials", "exempt", "是否免提交|免提交"},
    {"materials", "when", "适用情形"},

    {"steps", "name", "环节|名称|代码"},
    {"steps", "label", "环节名称|标题"},
    {"steps", "unit", "单位|办理单位"},
    {"steps", "role", "角色|办理人员"},
    {"steps", "limit", "时限"},
    {"steps", "limit_unit", "时限单位"},
    {"steps", "clock", "计时|是否计时"},
    {"steps", "stop_cause", "停止计时原因|不计入时限原因"},
    {"steps", "joint", "会签|联合办理"},
    {"steps", "criteria", "审查标准"},

    {"actions", "step", "环节"},
    {"actions", "action", "动作|name|操作"},
    {"actions", "label", "标题|名称"},
    {"actions", "next", "下一环节|下一步"},
    {"actions", "when", "适用情形|条件"},
    {"actions", "needs", "需要|必备"},
    {"actions", "effect", "效果|作用"},
    {"actions", "kind", "类别|种类"},
    {"actions", "letter", "文书"},

    {"letters", "name", "名称|代码"},
    {"letters", "label", "标题|文书名称"},
    {"letters", "title", "抬头|文书标题"},
    {"letters", "body", "正文|内容"},
    {"letters", "paper", "纸张"},

    {ALIAS_TYPES, "text", "string|文本|文字"},
    {ALIAS_TYPES, "note", "说明"},
    {ALIAS_TYPES, "integer", "int|整数"},
    {ALIAS_TYPES, "decimal", "小数"},
    {ALIAS_TYPES, "date", "日期"},
    {ALIAS_TYPES, "time", "时间"},
    {ALIAS_TYPES, "dateTime", "datetime|date time|日期时间"},
    {ALIAS_TYPES, "select_one",
     "select one|select1|select one from|add select one prompt using|select_one_from|单选"},
    {ALIAS_TYPES, "select_multiple",
     "select all that apply|select all that apply from|select multiple|select_multiple_from|"
     "add select multiple prompt using|多选"},
    {ALIAS_TYPES, "select_one_from_file", "select one from file|select_one_file|文件单选"},
    {ALIAS_TYPES, "select_multiple_from_file",
     "select multiple from file|select_multiple_file|文件多选"},
    {ALIAS_TYPES, "select_one_external", "select one external"},
    {ALIAS_TYPES, "rank", "odk:rank|排序"},
    {ALIAS_TYPES, "range", "滑块|范围"},
    {ALIAS_TYPES, "acknowledge", "trigger|确认"},
    {ALIAS_TYPES, "geopoint", "gps|location|位置|add location prompt"},
    {ALIAS_TYPES, "geotrace", "路线"},
    {ALIAS_TYPES, "geoshape", "范围图"},
    {ALIAS_TYPES, "image", "photo|picture|照片|图片|add image prompt|add photo prompt"},
    {ALIAS_TYPES, "audio", "录音|音频|add audio prompt"},
    {ALIAS_TYPES, "video", "视频|add video prompt"},
    {ALIAS_TYPES, "file", "文件|附件|add file prompt"},
    {ALIAS_TYPES, "barcode", "条码|二维码|add barcode prompt|add code prompt"},
    {ALIAS_TYPES, "osm", ""},
    {ALIAS_TYPES, "calculate", "calculation|add calculate prompt|计算"},
    {ALIAS_TYPES, "hidden", "隐藏"},
    {ALIAS_TYPES, "start", "start time|get start time|开始时间"},
    {ALIAS_TYPES, "end", "end time|get end time|结束时间"},
    {ALIAS_TYPES, "today", "get today|填报日期"},
    {ALIAS_TYPES, "deviceid", "imei|device id|get device id|设备号"},
    {ALIAS_TYPES, "phonenumber", "phone number|get phone number"},
    {ALIAS_TYPES, "username", "用户名"},
    {ALIAS_TYPES, "email", ""},
    {ALIAS_TYPES, "simserial", "sim id|get sim id|sim serial"},
    {ALIAS_TYPES, "subscriberid", "subscriber id|get subscriber id"},
    {ALIAS_TYPES, "uri:deviceid", ""},
    {ALIAS_TYPES, "uri:phonenumber", ""},
    {ALIAS_TYPES, "uri:simserial", ""},
    {ALIAS_TYPES, "uri:subscriberid", ""},
    {ALIAS_TYPES, "uri:username", ""},
    {ALIAS_TYPES, "uri:email", ""},
    {ALIAS_TYPES, "start-geopoint", ""},
    {ALIAS_TYPES, "background-geopoint", ""},
    {ALIAS_TYPES, "background-audio", ""},
    {ALIAS_TYPES, "audit", ""},
    {ALIAS_TYPES, "xml-external", ""},
    {ALIAS_TYPES, "csv-external", ""},
    {ALIAS_TYPES, "begin_group", "begin group|开始分组|分组开始"},
    {ALIAS_TYPES, "end_group", "end group|结束分组|分组结束"},
    {ALIAS_TYPES, "begin_repeat", "begin repeat|开始重复|重复开始"},
    {ALIAS_TYPES, "end_repeat", "end repeat|结束重复|重复结束"},
    {ALIAS_TYPES, "begin_loop", "begin loop|begin loop over"},
    {ALIAS_TYPES, "end_loop", "end loop|looped group"},
    {ALIAS_TYPES, "percentage", "add percentage prompt"},
};
enum { ALIAS_COUNT = sizeof aliases / sizeof *aliases };

const struct alias *alias_at(size_t index)
{
    return index < ALIAS_COUNT ? &aliases[index] : NULL;
}

const char *alias_snake(struct arena *a, const char *text)
{
    char *to = arena_alloc(a, strlen(text) + 1);
    size_t n = 0;
    for (const char *p = text_collapse(a, text); *p; p++)
        to[n++] = *p == ' ' ? '_' : *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p;
    return to;
}

/* Does name (in snake form) stand in the list? A blank in the list equals an underscore. */
static bool is_in_names(const char *names, const char *name)
{
    size_t size = strlen(name);
    for (const char *p = names; *p;) {
        size_t k = 0;
        while (k < size && (p[k] == name[k] || (p[k] == ' ' && name[k] == '_')))
            k++;
        if (k == size && (p[k] == '|' || !p[k]))
            return true;
        p += strcspn(p, "|");
        p += *p == '|';
    }
    return false;
}

const char *alias_find(struct arena *a, const char *scope, const char *name)
{
    const char *snake = alias_snake(a, name);
    if (!*snake)
        return NULL;
    for (size_t i = 0; i < ALIAS_COUNT; i++)
        if (text_equal(aliases[i].scope, scope) &&
            (text_equal_fold(aliases[i].name, snake) || is_in_names(aliases[i].names, snake)))
            return aliases[i].name;
    return NULL;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

enum { DISTANCE_SIZE = 64 };

size_t text_distance(const char *left, const char *right, size_t limit)
{
    size_t n = strlen(left), m = strlen(right);
    size_t row[DISTANCE_SIZE + 1];
    if (n > DISTANCE_SIZE || m > DISTANCE_SIZE || (n > m ? n - m : m - n) > limit)
        return limit + 1;
    for (size_t j = 0; j <= m; j++)
        row[j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t above = row[j];
            size_t change = diagonal + (left[i - 1] != right[j - 1]);
            row[j] = least(change, least(above, row[j - 1]) + 1);
            diagonal = above;
        }
    }
    return least(row[m], limit + 1);
}

const char *alias_nearest(struct arena *a, const char *scope, const char *name)
{
    const char *snake = alias_snake(a, name), *nearest = NULL;
    size_t best = 3;
    for (size_t i = 0; i < ALIAS_COUNT; i++) {
        if (!text_equal(aliases[i].scope, scope))
            continue;
        size_t distance = text_distance(aliases[i].name, snake, 2);
        if (distance < best && distance * 2 < strlen(snake)) {
            best = distance;
            nearest = aliases[i].name;
        }
    }
    return nearest;
}

static void print_names(struct buf *b, const char *names)
{
    for (; *names; names++)
        if (*names == '|')
            buf_add(b, " · ");
        else
            buf_char(b, *names);
}

void alias_print(struct buf *b)
{
    const char *scope = "";
    for (size_t i = 0; i < ALIAS_COUNT; i++) {
        if (!text_equal(scope, aliases[i].scope))
            buf_print(b, "%s### %s\n\n| name | also |\n| --- | --- |\n", i ? "\n" : "",
                      aliases[i].scope);
        scope = aliases[i].scope;
        buf_print(b, "| %s | ", aliases[i].name);
        print_names(b, aliases[i].names);
        buf_add(b, *aliases[i].names ? " |\n" : "|\n");
    }
}

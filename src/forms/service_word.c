/* The table of fixed values. */
#include "forms/service_word.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"

#include <string.h>

static const struct {
    const char *set, *word, *names; /* names separated by '|', the Chinese one first */
} rows[] = {
    {"unit", "wd", "工作日|个工作日|working day|working days"},
    {"unit", "d", "天|日|自然日|个自然日|day|days"},
    {"unit", "h", "小时|时|hour|hours"},
    {"case_kind", "instant", "即办件|即办"},
    {"case_kind", "promised", "承诺件|承诺办件"},
    {"identity", "0", "声明|本人声明|declared"},
    {"identity", "1", "见证|帮办员见证|vouched"},
    {"identity", "2", "核验|窗口核验|verified"},
    {"material_kind", "original", "原件"},
    {"material_kind", "copy", "复印件"},
    {"material_kind", "form", "申请表|申请表格|表格文书|申请表格文书"},
    {"material_kind", "certificate", "证照|证件证书证明"},
    {"material_kind", "other", "其他|其它"},
    {"medium", "paper", "纸质"},
    {"medium", "electronic", "电子|电子化"},
    {"medium", "either", "均可|纸质或电子|纸质/电子|纸质和电子"},
    {"source", "self", "申请人自备|自备|applicant"},
    {"source", "government", "政府部门核发|部门核发"},
    {"source", "other", "其他|其它"},
    {"need", "required", "必要|必须"},
    {"need", "optional", "非必要|可选"},
    {"need", "deferrable", "容缺|可容缺|容缺后补"},
    {"unit_kind", "village", "村|村居|所在村"},
    {"unit_kind", "applicant", "申请人"},
    {"unit_kind", "submitter", "填报人|提交人"},
    {"clock", "runs", "计时|计入|是|yes|run"},
    {"clock", "stops", "停止|不计时|不计入|否|no|stop"},
    {"needs", "reason", "理由"},
    {"needs", "note", "说明|备注"},
    {"needs", "file", "文件|附件"},
    {"needs", "signature", "签字|签名"},
    {"needs", "visit", "跑动|到场"},
    {"needs", "leader", "领导|领导同意"},
    {"needs", "fields", "填写|字段"},
    {"effect", "notice", "一次性告知|补正|告知"},
    {"effect", "accept", "受理"},
    {"effect", "refuse", "不予受理"},
    {"effect", "decline", "不予批准|不予许可|不通过"},
    {"effect", "grant", "批准|准予|通过|同意"},
    {"effect", "deliver", "送达|发放"},
    {"effect", "publicise", "公示"},
    {"effect", "withdraw", "撤回|撤销"},
    {"effect", "stop", "停止计时|中止"},
    {"effect", "resume", "恢复计时|恢复"},
    {"effect", "extend", "延期"},
    {"action_kind", "forward", "办理|前进|推进"},
    {"action_kind", "return", "退回"},
    {"action_kind", "take-back", "收回|take back|take_back"},
    {"action_kind", "refer", "转办|移送"},
    {"paper", "a4", "A4"},
    {"paper", "slip", "小票|80mm"},
};
enum { ROW_COUNT = sizeof rows / sizeof *rows };

static bool is_listed(const char *names, const char *text)
{
    size_t size = strlen(text);
    for (const char *p = names; *p;) {
        size_t word = strcspn(p, "|");
        if (word == size && memcmp(p, text, size) == 0)
            return true;
        p += word;
        p += *p == '|';
    }
    return false;
}

const char *service_word(struct arena *a, const char *set, const char *text)
{
    const char *lower = text_lower(a, text_trim(a, text));
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (text_equal(rows[i].set, set) &&
            (text_equal(rows[i].word, lower) || is_listed(rows[i].names, lower) ||
             is_listed(rows[i].names, text)))
            return rows[i].word;
    return NULL;
}

const char *service_words(struct arena *a, const char *set)
{
    struct buf b;
    buf_init(&b, a);
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (text_equal(rows[i].set, set))
            buf_print(&b, "%s%s %.*s", b.size ? ", " : "", rows[i].word,
                      (int)strcspn(rows[i].names, "|"), rows[i].names);
    return buf_text(&b);
}

void service_words_print(struct buf *b)
{
    const char *set = "";
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (!text_equal(set, rows[i].set))
            buf_print(b, "\n### values: %s\n\n| word | also |\n| --- | --- |\n", rows[i].set);
        set = rows[i].set;
        buf_print(b, "| %s | ", rows[i].word);
        for (const char *p = rows[i].names; *p; p++)
            if (*p == '|')
                buf_add(b, " · ");
            else
                buf_char(b, *p);
        buf_add(b, " |\n");
    }
}

size_t service_gap_size(const char *text)
{
    size_t n = 0;
    for (;;) {
        if (text[n] && strchr(" ,;\n\t|+", text[n]))
            n++;
        else if (strncmp(text + n, "、", 3) == 0 || strncmp(text + n, "，", 3) == 0 ||
                 strncmp(text + n, "；", 3) == 0)
            n += 3;
        else
            return n;
    }
}

size_t service_word_size(const char *text)
{
    size_t n = 0;
    while (text[n] && service_gap_size(text + n) == 0)
        n++;
    return n;
}

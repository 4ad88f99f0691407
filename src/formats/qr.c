/* QR codes (libqrencode). */
#include "formats/qr.h"

#include "base/arena.h"

#include <qrencode.h>

static void free_code(void *code)
{
    QRcode_free(code);
}

struct err *qr_make(struct arena *a, const char *text, struct qr *qr_out)
{
    QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    if (!code)
        return err_new(a, ERR_INVALID, "qr.too_long", "",
                       "The text does not fit into a QR code. Shorten it.",
                       "内容太长，做不成二维码，请缩短。");
    arena_defer(a, free_code, code);
    size_t width = (size_t)code->width;
    unsigned char *modules = arena_alloc(a, width * width);
    for (size_t i = 0; i < width * width; i++)
        modules[i] = code->data[i] & 1;
    *qr_out = (struct qr){width, modules};
    return NULL;
}

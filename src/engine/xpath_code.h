/* What the parser writes and the evaluator reads. Private to engine/xpath_*.c and functions*.c.
 *
 * Code is a block of little-endian words followed by texts; a node is the index of its first word.
 *   header   MAGIC, flags, root node, number of words, bytes in all
 *   NUMBER   op, low, high word of the double
 *   TEXT     op, byte offset, bytes
 *   CHAIN    op | n << 8, first operand, n times (operator, operand): left to right
 *   NEGATE   op, operand
 *   CALL     op | arguments << 8, row in functions[], arguments...
 *   SELF     op
 *   REF      op, reference of the host
 *   PATH     op | start << 8 | steps << 16, expression or 0, steps...
 *   FILTER   op | predicates << 16, expression, predicates...
 *   PROGRAM  op, byte offset, bytes: a compiled regular expression
 *   STEP     op | axis << 8 | test << 12 | predicates << 16, offset of name, of uri, predicates...
 */
#ifndef ENGINE_XPATH_CODE_H
#define ENGINE_XPATH_CODE_H

#include "engine/xpath.h"

#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "form images are little-endian and read in place"
#endif

enum { XCODE_MAGIC = 0x31435058 /* "XPC1" */, XCODE_HEADER = 5, XCODE_MOST_WORDS = 32768 };
enum { XCODE_VOLATILE = 1, XCODE_WEB_ONLY = 2 };

enum xop {
    XOP_NUMBER = 1,
    XOP_TEXT,
    XOP_CHAIN,
    XOP_NEGATE,
    XOP_CALL,
    XOP_SELF,
    XOP_REF,
    XOP_PATH,
    XOP_FILTER,
    XOP_PROGRAM,
    XOP_STEP
};
enum xoperator {
    XOPERATOR_OR,
    XOPERATOR_AND,
    XOPERATOR_EQUAL,
    XOPERATOR_UNEQUAL,
    XOPERATOR_LESS,
    XOPERATOR_LESS_EQUAL,
    XOPERATOR_GREATER,
    XOPERATOR_GREATER_EQUAL,
    XOPERATOR_ADD,
    XOPERATOR_SUBTRACT,
    XOPERATOR_MULTIPLY,
    XOPERATOR_DIVIDE,
    XOPERATOR_MODULO,
    XOPERATOR_UNION,
    XOPERATOR_COUNT
};
enum xstart { XSTART_ROOT, XSTART_CONTEXT, XSTART_CURRENT, XSTART_EXPRESSION };
enum xaxis {
    XAXIS_CHILD,
    XAXIS_PARENT,
    XAXIS_SELF,
    XAXIS_ATTRIBUTE,
    XAXIS_DESCENDANT,
    XAXIS_DESCENDANT_OR_SELF,
    XAXIS_ANCESTOR,
    XAXIS_ANCESTOR_OR_SELF,
    XAXIS_FOLLOWING,
    XAXIS_FOLLOWING_SIBLING,
    XAXIS_PRECEDING,
    XAXIS_PRECEDING_SIBLING,
    XAXIS_NAMESPACE,
    XAXIS_COUNT
};
enum xtest {
    XTEST_NAME,      /* name, no prefix */
    XTEST_QUALIFIED, /* name and uri */
    XTEST_ANY,       /* * */
    XTEST_ANY_OF,    /* prefix:* */
    XTEST_NODE,
    XTEST_TEXT,
    XTEST_COMMENT,
    XTEST_PI, /* name or "" */
    XTEST_COUNT
};

/* Words of a node, by its first one; 0 for what is no node. */
static inline uint32_t xcode_node_size(uint32_t head)
{
    switch (head & 0xFF) {
    case XOP_SELF:
        return 1;
    case XOP_NEGATE:
    case XOP_REF:
        return 2;
    case XOP_NUMBER:
    case XOP_TEXT:
    case XOP_PROGRAM:
        return 3;
    case XOP_CALL:
        return 2 + (head >> 8);
    case XOP_CHAIN:
        return 2 + 2 * (head >> 8);
    case XOP_PATH:
    case XOP_FILTER:
        return 2 + (head >> 16);
    case XOP_STEP:
        return 3 + (head >> 16);
    default:
        return 0;
    }
}

/* Code while it is read. */
struct xcode {
    const uint32_t *words;
    const char *bytes;
};
static inline struct xcode xcode_open(const struct xpath_code *code)
{
    return (struct xcode){.words = code->bytes, .bytes = code->bytes};
}
static inline double xcode_number(const struct xcode *c, uint32_t node)
{
    double number;
    memcpy(&number, c->words + node + 1, sizeof number);
    return number;
}

#endif

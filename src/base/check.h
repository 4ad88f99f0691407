/* CHECK: our own mistakes, and running out of memory, end the process at once, in release too.
 * Never for bad input: that gets a struct err. Works without stdio, so that WebAssembly has it. */
#ifndef BASE_CHECK_H
#define BASE_CHECK_H

#define CHECK(condition) ((condition) ? (void)0 : __builtin_trap())

#endif

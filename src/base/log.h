/* One JSON line per event on standard error: {"at","level","event",...}. Only http and cli call it.
 * Never a name, an ID number, a phone, a token or a query string. Thread-safe. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level { LOG_INFO, LOG_WARN, LOG_ERROR };
/* Pairs of key, text; ends with NULL. Values are escaped. */
__attribute__((sentinel)) void log_event(enum log_level level, const char *event, ...);

#endif

/* Telling systemd how the service is (sd_notify), without its library: one datagram. */
#ifndef CLI_NOTIFY_H
#define CLI_NOTIFY_H

/* state: "READY=1", "WATCHDOG=1", "STOPPING=1". Does nothing when nobody listens. */
void notify_send(const char *state);

#endif

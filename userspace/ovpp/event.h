/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records and events in words. */
#ifndef OVPP_EVENT_H
#define OVPP_EVENT_H

#include "cli.h"

/* Room for the text of a record or an event. */
#define EVENT_TEXT 320

/* What an event (its code and arg) says, in @buf of EVENT_TEXT bytes. */
const char *event_text(const json_t *event, char *buf);

/* What a record of the ring says, likewise. */
const char *record_text(const json_t *record, char *buf);

/* Wall-clock time of a record or event, "14:03:07.120", in @buf of 16 bytes. */
const char *event_clock(const json_t *event, char *buf);

#endif /* OVPP_EVENT_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OVPP_WATCH_H
#define OVPP_WATCH_H

#include "cli.h"

/**
 * watch_table() - draw a site's table again and again
 * @cli: invocation
 * @site: site id
 * @interval_ns: time between drawings; an event is drawn at once
 * @left: number of drawings
 * @end_ns: when to stop, CLOCK_MONOTONIC
 */
int watch_table(struct cli *cli, uint32_t site, int64_t interval_ns, uint64_t left, int64_t end_ns);

#endif /* OVPP_WATCH_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Results as JSON: stable keys, SI milli-units in their names. */
#ifndef SIM_REPORT_H
#define SIM_REPORT_H

#include <jansson.h>

#include "bus.h"
#include "sim.h"

/*
 * A new object with what happened; NULL when memory runs out. @late_ms: by how
 * much bus time fell behind the clock.
 */
json_t *report_results(const struct sim *sim, const struct bus *bus, uint64_t late_ms);

#endif /* SIM_REPORT_H */

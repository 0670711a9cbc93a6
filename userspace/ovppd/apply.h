/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes the kernel's state what is desired, without touching what is so. */
#ifndef OVPPD_APPLY_H
#define OVPPD_APPLY_H

#include <jansson.h>

#include "nl.h"

/**
 * struct apply_report - what was done
 * @changes: texts, one for each change made
 * @errors: texts, one for each thing refused, with the kernel's own words
 * @between: called after each change: a change may take a period of the site's
 *	loop, and there may be thousands of them
 * @arg: for @between
 */
struct apply_report {
	json_t *changes;
	json_t *errors;
	void (*between)(void *arg);
	void *arg;
};

/**
 * apply_desired() - compare and change
 * @nl: client
 * @desired: see config.h
 * @before: the desired state that this one replaces, or NULL. What it names and
 *	@desired does not is removed; what neither names is left alone.
 * @report: arrays to add to, and @between
 *
 * What cannot be changed in place (the profile of a DER, the interface of a
 * bus) is removed and made anew; its DER go to their safe values meanwhile. An
 * envelope is locked only when everything in its site is as desired.
 *
 * Return: 0, also with errors in the report; -errno if the kernel could not be
 * asked.
 */
int apply_desired(struct ovpp_nl *nl, const json_t *desired, const json_t *before,
		  struct apply_report *report);

#endif /* OVPPD_APPLY_H */

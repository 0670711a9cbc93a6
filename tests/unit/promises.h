/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must be true after any tick of any site; each says what is wrong. */
#ifndef OVPP_TEST_PROMISES_H
#define OVPP_TEST_PROMISES_H

#include "core/engine.h"

/* What must be true of a DER's command after any tick. */
static inline const char *wrong_der(const struct ovpp_engine *eng, const struct ovpp_der_ctl *der)
{
	const struct ovpp_der_envelope *e = &der->envelope;
	s64 step = (s64)e->ramp_mw_s * (s64)eng->dt_us / 1000000 + 1;

	if (der->p_cmd_mw < e->p_min_mw || der->p_cmd_mw > e->p_max_mw)
		return "beyond the envelope";
	if (!ovpp_lease_active(&eng->lease) && !der->tripped)
		return "free in a site that is not active";
	if (der->supervision != OVPP_SUPERVISION_ONLINE && !der->tripped)
		return "free though not online";
	if (der->tripped)
		return der->p_cmd_mw != ovpp_der_safe(der) ? "tripped, not at its safe value"
							   : NULL;
	if (der->p_cmd_mw < der->lo_mw || der->p_cmd_mw > der->hi_mw)
		return "beyond what the device allows";
	if (!e->ramp_mw_s || ovpp_abs(der->p_cmd_mw - der->p_last_mw) <= step)
		return NULL;
	if (der->p_cmd_mw == der->lo_mw || der->p_cmd_mw == der->hi_mw ||
	    eng->envelope.export_max_mw != S64_MAX || eng->envelope.import_max_mw != S64_MAX)
		return NULL; /* may be towards a limit */
	return "faster than its ramp";
}

/* Expected PCC power of the commands, for a site whose DER are all online. */
static inline const char *wrong_site(const struct ovpp_engine *eng)
{
	const struct ovpp_site_envelope *e = &eng->envelope;
	s64 pcc = -eng->control.load_mw - eng->control.trim_mw;
	unsigned int i;

	if (!eng->control.started)
		return NULL;
	for (i = 0; i < eng->n_order; i++) {
		if (eng->order[i]->tripped)
			return NULL;
		pcc += eng->order[i]->share.p;
	}
	if (e->export_max_mw != S64_MAX && pcc > e->export_max_mw &&
	    eng->excess_mw != pcc - e->export_max_mw)
		return "export beyond the limit, and not told";
	if (e->import_max_mw != S64_MAX && pcc < -e->import_max_mw &&
	    eng->excess_mw != pcc + e->import_max_mw)
		return "import beyond the limit, and not told";
	return NULL;
}

#endif /* OVPP_TEST_PROMISES_H */

// SPDX-License-Identifier: GPL-2.0-or-later
#include "ev.h"

#include <errno.h>
#include <math.h>

#include "curve.h"
#include "params.h"

#define DAY_S 86400.0
/* A charger that insists charges so many times what is just enough. */
#define SPARE 1.1

static double time_of_day(double t_s)
{
	return t_s - DAY_S * floor(t_s / DAY_S);
}

/* Seconds until the session's departure; 0 when it is not on. */
static double time_left(const struct ev_session *s, double t_s)
{
	double stay = time_of_day(s->depart_s - s->arrive_s);
	double since = time_of_day(t_s - s->arrive_s);

	return since < stay ? stay - since : 0;
}

static const struct ev_session *session_at(const struct ev *ev, double t_s)
{
	for (size_t i = 0; i < ev->sessions; i++)
		if (time_left(&ev->session[i], t_s) > 0)
			return &ev->session[i];
	return NULL;
}

static void come_and_go(struct ev *ev, double t_s)
{
	const struct ev_session *now = session_at(ev, t_s);
	struct device *dev = &ev->dev;

	if (now == ev->present && ev->started)
		return;
	if (ev->present) {
		ev->departures++;
		/* Within the charger's own resolution of 0.01 %. */
		if (dev->soc >= ev->present->need - 1e-4)
			ev->needs_met++;
	}
	dev->soc = now ? now->soc : NAN;
	ev->insists = false;
	ev->present = now;
	ev->started = true;
}

/*
 * Bounds of what the charger offers. From the last moment on in which the need
 * can be filled the upper one is the power that this takes, with some to spare.
 */
static void set_offer(struct ev *ev, const struct env *env)
{
	struct device *dev = &ev->dev;
	double hours = fmax(env->dt_s, 1e-3) / 3600;
	double left_h, missing_wh, discharge_wh, charge_wh;

	if (!ev->present) {
		dev->p_max_w = dev->p_min_w = 0;
		return;
	}
	charge_wh = (1 - dev->soc) * ev->capacity_wh / ev->efficiency;
	discharge_wh = fmax(dev->soc - ev->reserve, 0) * ev->capacity_wh * ev->efficiency;
	dev->p_min_w = -fmin(ev->power_w, charge_wh / hours);
	dev->p_max_w = fmin(ev->power_w, discharge_wh / hours);

	left_h = fmax(time_left(ev->present, env->t_s) / 3600, hours);
	missing_wh = fmax(ev->present->need - dev->soc, 0) * ev->capacity_wh / ev->efficiency;
	if (missing_wh * SPARE >= ev->power_w * left_h)
		ev->insists = true;
	if (missing_wh <= 0)
		ev->insists = false;
	if (ev->insists)
		dev->p_max_w = fmax(dev->p_min_w, -missing_wh * SPARE / left_h);
}

static void integrate(struct ev *ev, double dt_s)
{
	struct device *dev = &ev->dev;
	double p = dev->p_w;
	double cells_w = p > 0 ? p / ev->efficiency : p * ev->efficiency;
	double hours = dt_s / 3600;

	ev->loss_wh += (cells_w - p) * hours;
	if (ev->present)
		dev->soc = clamp(dev->soc - cells_w * hours / ev->capacity_wh, 0, 1);
}

static void set_state(struct ev *ev, double wanted_w)
{
	struct device *dev = &ev->dev;

	if (!ev->present)
		dev->state = OVPP_DER_STATE_OFF;
	else if (!dev->command_run && !device_unattended(dev))
		dev->state = OVPP_DER_STATE_STANDBY;
	else if (wanted_w > dev->p_max_w || wanted_w < dev->p_min_w)
		dev->state = OVPP_DER_STATE_LIMITED;
	else
		dev->state = OVPP_DER_STATE_RUNNING;
}

static void ev_step(struct device *dev, const struct env *env)
{
	struct ev *ev = (struct ev *)dev;
	double wanted = device_wanted(dev);

	come_and_go(ev, env->t_s);
	set_offer(ev, env);
	set_state(ev, wanted);
	dev->p_w = follow(dev->p_w, wanted, ev->lag_s, ev->ramp_w_s, env->dt_bus_s);
	dev->p_w = clamp(dev->p_w, dev->p_min_w, dev->p_max_w);
	dev->v_v = env->v_v;
	dev->i_a = dev->p_w / (3 * env->v_v);
	dev->temp_c = env->ambient_c + 10 * fabs(dev->p_w) / ev->power_w;
	integrate(ev, env->dt_s);
}

static int take_session(json_t *map, struct ev_session *s, struct sim_error *err)
{
	static const struct param table[] = {
		PARAM(struct ev_session, soc, NAN, 0, 1),
		PARAM(struct ev_session, need, 0, 0, 1),
	};
	int ret;

	ret = params_take_time(map, "arrive", NAN, &s->arrive_s, err);
	if (!ret)
		ret = params_take_time(map, "depart", NAN, &s->depart_s, err);
	if (!ret)
		ret = params_take(map, table, 2, s, err);
	if (!ret)
		ret = params_end(map, err);
	if (!ret && s->arrive_s == s->depart_s)
		ret = sim_fail(err, "'arrive' and 'depart' are the same time");
	return ret;
}

static int take_sessions(struct ev *ev, json_t *map, struct sim_error *err)
{
	json_t *list = json_object_get(map, "sessions");
	int ret = 0;

	if (!json_is_array(list) || !json_array_size(list) ||
	    json_array_size(list) > EV_SESSIONS_MAX)
		return sim_fail(err, "'sessions' is a list of 1 to %d", EV_SESSIONS_MAX);
	for (size_t i = 0; i < json_array_size(list) && !ret; i++) {
		json_t *item = json_copy(json_array_get(list, i));

		if (!json_is_object(item))
			ret = sim_fail(err, "a session is a mapping");
		else
			ret = take_session(item, &ev->session[i], err);
		if (ret)
			sim_fail_in(err, "sessions");
		json_decref(item);
		ev->sessions = i + 1;
	}
	if (!ret)
		json_object_del(map, "sessions");
	return ret;
}

static int ev_setup(struct device *dev, json_t *map, struct sim_error *err)
{
	static const struct param table[] = {
		PARAM(struct ev, capacity_wh, 60000, 100, 1e7),
		PARAM(struct ev, power_w, 11000, 100, 1e6),
		PARAM(struct ev, efficiency, 0.94, 0.5, 1),
		PARAM(struct ev, reserve, 0.2, 0, 1),
		PARAM(struct ev, lag_s, 0.1, 0, 60),
		PARAM(struct ev, ramp_w_s, 50e3, 1, 1e9),
	};
	struct ev *ev = (struct ev *)dev;
	int ret;

	ret = params_take(map, table, sizeof(table) / sizeof(table[0]), ev, err);
	return ret ? ret : take_sessions(ev, map, err);
}

static void ev_report(const struct device *dev, json_t *out)
{
	const struct ev *ev = (const struct ev *)dev;

	json_object_set_new(out, "e_loss_mwh", json_integer(llround(ev->loss_wh * 1000)));
	json_object_set_new(out, "departures", json_integer(ev->departures));
	json_object_set_new(out, "needs_met", json_integer(ev->needs_met));
}

const struct device_ops ev_ops = {
	.name = "ev",
	.kind = OVPP_KIND_EV,
	.command = DEVICE_TAKES_SETPOINT,
	.size = sizeof(struct ev),
	.setup = ev_setup,
	.step = ev_step,
	.report = ev_report,
};

// SPDX-License-Identifier: GPL-2.0-or-later
/* Scenarios, events, faults, determinism and the whole site. */
#include "test_sim.h"

#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../../userspace/sim/report.h"

#define HEAD "{\"name\": \"t\", \"speed\": 1440, \"devices\": ["
#define METER "{\"name\": \"meter\", \"kind\": \"meter\", \"node\": 1, \"noise_w\": 0}"
#define SOLAR \
	"{\"name\": \"pv\", \"kind\": \"pv\", \"node\": 2, \"peak_w\": 9000, \"safe_w\": 9000}"
#define STORE "{\"name\": \"store\", \"kind\": \"battery\", \"node\": 3, \"safe_w\": -1500}"
#define HOUSE \
	"{\"name\": \"house\", \"kind\": \"load\", \"node\": 4, \"curve\": { \"00:00\": 2000 }}"
#define SITE HEAD METER "," SOLAR "," STORE "," HOUSE "]"

/* Frames seen: how many of each identifier, and a checksum of all. */
struct ear {
	unsigned int count[0x800];
	unsigned int extended;
	unsigned int remote;
	struct can_frame last[0x800];
	uint64_t sum;
};

static void hear(void *context, const struct can_frame *frame)
{
	struct ear *ear = context;
	canid_t id = frame->can_id & CAN_SFF_MASK;

	ear->count[id]++;
	ear->extended += !!(frame->can_id & CAN_EFF_FLAG);
	ear->remote += !!(frame->can_id & CAN_RTR_FLAG);
	ear->last[id] = *frame;
	for (int i = 0; i < frame->len; i++)
		ear->sum = (ear->sum ^ frame->data[i]) * 0x100000001b3;
	ear->sum = (ear->sum ^ frame->can_id) * 0x100000001b3;
}

static void run(struct sim *sim, struct ear *ear, uint64_t steps)
{
	const struct wire_sink sink = {hear, ear};

	while (steps--)
		sim_step(sim, &sink);
}

static struct sim site_of(const char *text)
{
	struct sim_error err;
	struct sim sim;

	if (sim_of(text, &sim, &err))
		ksft_exit_fail_msg("test data: %s\n", err.text);
	return sim;
}

static bool refuses(const char *text, const char *why)
{
	struct sim_error err;
	struct sim sim;
	int ret = sim_of(text, &sim, &err);

	sim_release(&sim);
	if (ret && strstr(err.text, why))
		return true;
	ksft_print_msg("for %s\n# said '%s', not '%s'\n", text, err.text, why);
	return false;
}

static bool names_what_is_wrong(void)
{
	static const char *const wrong[][2] = {
		{"[]", "a scenario is a mapping"},
		{"{}", "'name' is missing"},
		{"{\"name\": \"t\"}", "'devices' is a list"},
		{"{\"name\": \"t\", \"speed\": 0, \"devices\": []}", "'speed' is 0, outside"},
		{"{\"name\": \"t\", \"start\": \"25:00\"}", "'start' is no time of day"},
		{"{\"name\": \"t\", \"duration\": \"long\"}", "'duration' is no duration"},
		{SITE ", \"colour\": 1}", "unknown key 'colour'"},
		{SITE ", \"grid\": { \"droop\": -1 }}", "grid: 'droop' is -1"},
		{SITE ", \"weather\": { \"rain\": 1 }}", "weather: unknown key 'rain'"},
		{HEAD METER "," METER "]}", "two devices are called 'meter'"},
		{HEAD "{\"kind\": \"pv\"}]}", "'name' is missing"},
		{HEAD "{\"name\": \"x\", \"kind\": \"tide\"}]}", "x: no kind of device 'tide'"},
		{HEAD "{\"name\": \"x\", \"kind\": \"pv\", \"node\": 1}]}",
		 "x: 'peak_w' is missing"},
		{HEAD "{\"name\": \"x\", \"kind\": \"pv\", \"node\": 32, \"peak_w\": 1}]}",
		 "x: 'node' is 32"},
		{HEAD METER ", {\"name\": \"x\", \"kind\": \"pv\", \"node\": 1, \"peak_w\": 1}]}",
		 "are both node 1"},
		{HEAD STORE ", {\"name\": \"x\", \"kind\": \"battery\", \"node\": 1}]}",
		 "are both batteries"},
		{SITE ", \"events\": [ { \"at\": \"01:00\", \"do\": \"dance\" } ]}",
		 "events: there is no event 'dance'"},
		{SITE
		 ", \"events\": [ { \"at\": \"01:00\", \"do\": \"unplug\", \"device\": \"x\" } ]}",
		 "there is no device 'x'"},
		{SITE ", \"events\": [ { \"at\": \"01:00\", \"do\": \"load-step\", \"device\": "
		      "\"pv\", \"p_w\": 1 } ]}",
		 "'pv' is no load"},
		{SITE ", \"events\": [ { \"at\": \"01:00\", \"do\": \"fault\", \"device\": \"pv\", "
		      "\"fault\": \"odd\" } ]}",
		 "there is no fault 'odd'"},
	};
	bool ok = true;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ok &= refuses(wrong[i][0], wrong[i][1]);
	return ok;
}

static bool reads_times(void)
{
	double s;

	return HOLDS(!params_parse_time("17:30", &s) && s == 63000) &
	       HOLDS(!params_parse_time("00:00:07", &s) && s == 7) &
	       HOLDS(params_parse_time("17:60", &s)) & HOLDS(params_parse_time("17:30x", &s)) &
	       HOLDS(params_parse_time("noon", &s)) &
	       HOLDS(!params_parse_span("90", &s) && s == 90) &
	       HOLDS(!params_parse_span("1.5h", &s) && s == 5400) &
	       HOLDS(!params_parse_span("15 min", &s) && s == 900) &
	       HOLDS(!params_parse_span("2h40m", &s) && s == 9600) &
	       HOLDS(params_parse_span("", &s)) & HOLDS(params_parse_span("5 parsecs", &s)) &
	       HOLDS(params_parse_span("-1s", &s));
}

static bool repeats_itself(void)
{
	struct ear ear[3] = {0};
	static const char *const text[] = {SITE ", \"seed\": 5}", SITE ", \"seed\": 5}",
					   SITE ", \"seed\": 6}"};
	char *results[3];
	bool ok;

	for (int i = 0; i < 3; i++) {
		struct sim sim = site_of(text[i]);
		const struct bus none = {.fd = -1};
		json_t *json;

		run(&sim, &ear[i], sim_length(&sim));
		json = report_results(&sim, &none, 0);
		results[i] = json_dumps(json, 0);
		json_decref(json);
		sim_release(&sim);
	}
	ok = HOLDS(ear[0].sum == ear[1].sum && ear[0].sum != ear[2].sum);
	ok &= HOLDS(!strcmp(results[0], results[1]));
	ok &= HOLDS(strcmp(results[0], results[2]));
	for (int i = 0; i < 3; i++)
		free(results[i]);
	return ok;
}

/* A new device changes nothing in the random numbers of the others. */
static bool devices_do_not_disturb(void)
{
	struct sim a = site_of(HEAD HOUSE "]}");
	struct sim b = site_of(HEAD SOLAR "," HOUSE "]}");
	struct ear ear = {0};
	bool ok;

	run(&a, &ear, 1000);
	run(&b, &ear, 1000);
	ok = HOLDS(a.device[0]->p_w == b.device[1]->p_w);
	ok &= HOLDS(a.device[0]->import_wh == b.device[1]->import_wh);
	sim_release(&a);
	sim_release(&b);
	return ok;
}

static bool meter_counts_the_site(void)
{
	struct sim sim = site_of(SITE "}");
	const struct device *meter = sim_find(&sim, "meter");
	struct ear ear = {0};
	double sum = 0;
	bool ok;

	run(&sim, &ear, sim_length(&sim));
	for (size_t i = 0; i < sim.devices; i++)
		if (sim.device[i] != meter)
			sum += sim.device[i]->export_wh - sim.device[i]->import_wh;
	ok = NEAR(meter->export_wh - meter->import_wh, sum, 1e-6 * fabs(sum));
	ok &= NEAR(sim.site_export_wh - sim.site_import_wh, sum, 1e-6 * fabs(sum));
	ok &= HOLDS(meter->export_wh > 1000 && meter->import_wh > 1000);
	ok &= NEAR(sim_time(&sim), 86400, 1e-6);
	ok &= HOLDS(sim.samples == 96);
	sim_release(&sim);
	return ok;
}

/* Sent in every period, however the steps are cut. */
static bool frames_keep_their_spacing(void)
{
	static const char *const text[] = {SITE "}", SITE ", \"step_ms\": 3}",
					   SITE ", \"step_ms\": 20}"};
	bool ok = true;

	for (int i = 0; i < 3; i++) {
		struct sim sim = site_of(text[i]);
		struct ear ear = {0};

		run(&sim, &ear, 6000 / sim.step_ms);
		ok &= NEAR(ear.count[0x0c1], 300, 1);
		ok &= NEAR(ear.count[0x0e2], 60, 1);
		ok &= NEAR(ear.count[0x223], 60, 1);
		ok &= NEAR(ear.count[0x264], 6, 1);
		ok &= NEAR(ear.count[0x351], 6, 1);
		ok &= HOLDS(ear.count[0x0e1] == 0);
		sim_release(&sim);
	}
	return ok;
}

static bool says_its_last(void)
{
	struct sim sim = site_of(SITE ", \"duration\": \"12h34m\"}");
	const struct device *meter = sim_find(&sim, "meter");
	struct ear ear = {0}, last = {0};
	const struct wire_sink sink = {hear, &last};
	uint32_t wh[2];
	bool ok;

	run(&sim, &ear, sim_length(&sim));
	sim_farewell(&sim, &sink);
	ok = HOLDS(last.count[0x261] == 1 && last.count[0x262] == 1 && last.count[0x351] == 1 &&
		   last.count[0x0c1] == 1);
	memcpy(wh, last.last[0x261].data, sizeof(wh));
	ok &= NEAR(le32toh(wh[0]), meter->import_wh, 0.5);
	ok &= NEAR(le32toh(wh[1]), meter->export_wh, 0.5);
	sim_release(&sim);
	return ok;
}

#define EVENT(text) SITE ", \"events\": [ { \"at\": \"02:00\", " text " } ]}"
/* One simulated hour is 250 steps. */
#define HOURS 250

static bool unplugs(void)
{
	struct sim sim = site_of(EVENT("\"do\": \"unplug\", \"device\": \"pv\", \"for\": \"4h\""));
	struct ear before = {0}, during = {0}, after = {0};
	struct device *pv = sim_find(&sim, "pv");
	struct can_frame limit = {.can_id = 0x0a2, .len = 8, .data = {[4] = 1, [7] = 1}};
	bool ok;

	run(&sim, &before, 2 * HOURS);
	run(&sim, &during, 4 * HOURS);
	sim_receive(&sim, &limit);
	ok = HOLDS(pv->commands == 0);
	run(&sim, &after, HOURS);
	sim_receive(&sim, &limit);
	ok &= HOLDS(pv->commands == 1);
	ok &= HOLDS(before.count[0x0e2] > 0 && before.count[0x222] > 0);
	ok &= HOLDS(during.count[0x0e2] == 0 && during.count[0x222] == 0 &&
		    during.count[0x262] == 0);
	ok &= HOLDS(during.count[0x0e3] > 0);
	ok &= HOLDS(after.count[0x0e2] > 0);
	sim_release(&sim);
	return ok;
}

static bool spoils_frames(void)
{
	static const char *const faults[] = {"truncated", "remote",  "extended",
					     "unknown",	  "garbage", "frozen"};
	bool ok = true;

	for (int i = 0; i < 6; i++) {
		char text[2048];
		struct ear before = {0}, during = {0}, after = {0};
		const struct can_frame *was, *is;
		struct sim sim;

		snprintf(text, sizeof(text),
			 EVENT("\"do\": \"fault\", \"device\": \"house\","
			       " \"fault\": \"%s\", \"for\": \"2h\""),
			 faults[i]);
		sim = site_of(text);
		run(&sim, &before, 2 * HOURS);
		run(&sim, &during, 2 * HOURS);
		run(&sim, &after, HOURS);
		was = &before.last[0x0e4];
		is = &during.last[0x0e4];
		ok &= NEAR(during.count[0x0e4], 50, 1);
		ok &= HOLDS(is->len == (i == 0 ? 7 : 8));
		ok &= HOLDS((during.remote > 0) == (i == 1));
		ok &= HOLDS((during.extended > 0) == (i == 2));
		ok &= HOLDS(i != 3 || !memcmp(is->data, "\0\0\0\x80\xff\xff\0\x80", 8));
		ok &= HOLDS(i != 5 || !memcmp(is->data, was->data, 8));
		ok &= HOLDS(i == 5 || memcmp(is->data, was->data, 8));
		ok &= HOLDS(after.remote == 0 && after.extended == 0 && after.last[0x0e4].len == 8);
		sim_release(&sim);
	}
	return ok;
}

static bool steps_and_clouds(void)
{
	struct sim a = site_of(SITE ", \"start\": \"11:00\"}");
	struct sim b = site_of(
		SITE
		", \"start\": \"11:00\", \"events\": ["
		" { \"at\": \"12:00\", \"do\": \"load-step\", \"device\": \"house\", \"p_w\": 700, "
		"\"for\": \"1h\" },"
		" { \"at\": \"12:00\", \"do\": \"grid-step\", \"p_w\": -200000, \"for\": \"1h\" },"
		" { \"at\": \"12:00\", \"do\": \"cloud\", \"cover\": 1, \"for\": \"1h\" } ]}");
	struct ear ear = {0};
	bool ok;

	run(&a, &ear, 250 + 100);
	run(&b, &ear, 250 + 100);
	ok = NEAR(sim_find(&a, "house")->p_w - sim_find(&b, "house")->p_w, 700, 1e-6);
	ok &= HOLDS(b.grid.f_hz < a.grid.f_hz - 0.1);
	ok &= NEAR(b.weather.cover, 1, 0);
	run(&a, &ear, 200);
	run(&b, &ear, 200);
	ok &= NEAR(sim_find(&a, "house")->p_w, sim_find(&b, "house")->p_w, 1e-6);
	ok &= NEAR(a.weather.sun_w_m2, b.weather.sun_w_m2, 1e-6);
	sim_release(&a);
	sim_release(&b);
	return ok;
}

/* The load of the site itself moves the frequency of a small grid. */
static bool site_moves_the_grid(void)
{
	static const char *const text = HEAD METER
		"," HOUSE "], \"grid\": { \"rated_w\": 100000, \"unrest\": 0 },"
		" \"events\": [ { \"at\": \"02:00\", \"do\": \"load-step\","
		" \"device\": \"house\", \"p_w\": 8000 } ]}";
	struct sim sim = site_of(text);
	struct ear ear = {0};
	bool ok;

	run(&sim, &ear, 2 * HOURS);
	ok = NEAR(sim.grid.f_hz, 50, 0.1);
	run(&sim, &ear, 200);
	ok &= HOLDS(sim.f_min_hz < 49.9);
	run(&sim, &ear, 8000);
	ok &= NEAR(sim.grid.f_hz, 50, 0.02);
	sim_release(&sim);
	return ok;
}

int main(void)
{
	static const struct sim_test tests[] = {
		{"scenario: what is wrong is named", names_what_is_wrong},
		{"scenario: times of day and durations are read", reads_times},
		{"site: the same seed gives the same frames and results", repeats_itself},
		{"site: a device more changes nothing for the others", devices_do_not_disturb},
		{"site: the meter counts the sum of all devices", meter_counts_the_site},
		{"bus: every message keeps its spacing, whatever the step",
		 frames_keep_their_spacing},
		{"bus: in the end every device tells its registers as the results hold them",
		 says_its_last},
		{"event: an unplugged device neither sends nor hears", unplugs},
		{"event: each fault spoils the frames in its way, then they are right again",
		 spoils_frames},
		{"event: load step, grid step and cloud come and go", steps_and_clouds},
		{"site: its own load step moves the frequency, which recovers",
		 site_moves_the_grid},
	};

	return sim_tests_run(tests, sizeof(tests) / sizeof(tests[0]));
}

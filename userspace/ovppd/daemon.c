// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon.h"

#include <errno.h>
#include <linux/openvpp_netlink.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "apply.h"
#include "chain.h"
#include "clock.h"
#include "config.h"
#include "config_chain.h"
#include "notify.h"
#include "proxy.h"
#include "site.h"
#include "spec.h"

/* Before what could not be applied is tried again. */
#define RETRY_NS (5 * CLOCK_S)
#define RECONNECT_NS (1 * CLOCK_S)
/* So long what was canceled has time to end when the daemon stops. */
#define STOP_NS (200 * CLOCK_MS)

static json_t *get(const json_t *object, const char *key)
{
	return json_object_get(object, key);
}

struct ovpp_retention daemon_limits(const struct daemon *d)
{
	const json_t *ledger = get(d->desired, "ledger");

	return (struct ovpp_retention){
		.age_ms = (uint64_t)json_integer_value(get(ledger, "age_ms")),
		.size = (uint64_t)json_integer_value(get(ledger, "size")),
	};
}

static bool contains(const json_t *array, const json_t *value)
{
	json_t *item;
	size_t i;

	json_array_foreach (array, i, item)
		if (json_equal(item, value))
			return true;
	return false;
}

/* Takes over a list of errors and logs those that are new. */
static void set_errors(struct daemon *d, json_t *errors)
{
	char text[512];
	json_t *error;
	size_t i;

	json_array_foreach (errors, i, error)
		if (!contains(d->errors, error))
			log_err(&d->log, "%s", json_string_value(error));
	if (json_array_size(d->errors) && !json_array_size(errors))
		log_info(&d->log, "everything is as configured");
	json_decref(d->errors);
	d->errors = errors;
	snprintf(text, sizeof(text), "STATUS=%s",
		 json_array_size(errors) ? json_string_value(json_array_get(errors, 0))
					 : "everything is as configured");
	notify_send(text);
}

static void log_all(struct daemon *d, enum log_level level, const json_t *list)
{
	json_t *text;
	size_t i;

	json_array_foreach (list, i, text)
		log_line(&d->log, level, "%s", json_string_value(text));
}

static struct site *find_site(const struct daemon *d, uint32_t id)
{
	for (struct site *s = d->sites; s; s = s->next)
		if (s->key.site == id && !s->closing)
			return s;
	return NULL;
}

struct site *daemon_site(const struct daemon *d, const char *name)
{
	for (struct site *s = d->sites; s; s = s->next)
		if (!strcmp(s->name, name) && !s->closing)
			return s;
	return NULL;
}

/* Names of the DER for the ledger's readers. */
static void note_ders(struct daemon *d, const struct site *s)
{
	json_t *req = json_pack("{s:I}", "site", (json_int_t)s->key.site);
	json_t *all = NULL, *der, *ders = json_array();
	static const char *const keys[] = {"id", "name", "kind", "serial"};
	size_t i;

	if (!ovpp_nl_dump(d->nl, "der-get", req, &all)) {
		json_array_foreach (all, i, der) {
			json_t *short_der = json_object();

			for (size_t k = 0; k < 4; k++)
				if (get(der, keys[k]))
					json_object_set(short_der, keys[k], get(der, keys[k]));
			json_array_append_new(ders, short_der);
		}
		store_note_instance(d->store, &s->key, s->name, ders);
	}
	json_decref(all);
	json_decref(ders);
	json_decref(req);
}

/* The word for an event's argument where it is a value of an enumeration. */
static const char *argument_name(const char *code, json_int_t arg)
{
	static const struct {
		const char *code;
		const char *values;
	} named[] = {
		{"site_state", "site-state"},
		{"bus_state", "bus-state"},
		{"der_supervision", "supervision"},
	};

	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		if (!strcmp(named[i].code, code))
			return ovpp_enum_name(named[i].values, (unsigned int)(arg & 0xff));
	return NULL;
}

static void log_event(struct daemon *d, const json_t *event, const char *code, const char *site)
{
	/* These may come every second; they are counted and stored anyway. */
	bool often = !strcmp(code, "deadline_missed") || !strcmp(code, "frame_malformed");
	json_int_t bus = json_integer_value(get(event, "bus"));
	json_int_t der = json_integer_value(get(event, "der"));
	json_int_t arg = json_integer_value(get(event, "arg"));
	const char *name = argument_name(code, arg);
	char where[64] = "", number[32];

	if (der)
		snprintf(where, sizeof(where), " of der %lld", (long long)der);
	else if (bus)
		snprintf(where, sizeof(where), " of bus %lld", (long long)bus);
	snprintf(number, sizeof(number), "%lld", (long long)arg);
	log_line(&d->log, often ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO, "site %s: %s%s: %s", site, code,
		 where, name ? name : number);
}

static void handle_event(struct daemon *d, const json_t *event)
{
	uint32_t id = (uint32_t)json_integer_value(get(event, "site"));
	const char *code = json_string_value(get(event, "code"));
	struct site *s = find_site(d, id);

	if (!s || !code)
		return;
	if (!strcmp(code, "dispatch_state"))
		site_look(s);
	else
		log_event(d, event, code, s->name);
	/* A tty that is plugged in again is given back. */
	if (!strcmp(code, "bus_state") &&
	    json_integer_value(get(event, "arg")) == OVPP_BUS_STATE_ABSENT && !d->retry.at_ns)
		d->retry.at_ns = clock_mono() + RETRY_NS;
	if (!strcmp(code, "der_added") || !strcmp(code, "der_removed"))
		note_ders(d, s);
	/* Some were overwritten: any of them may have been about a dispatch. */
	if (json_integer_value(get(event, "lost")))
		site_look(s);
}

static void events_ready(void *arg)
{
	struct daemon *d = arg;
	json_t *event;
	int ret;

	while (!(ret = ovpp_nl_event(d->events, &event))) {
		handle_event(d, event);
		json_decref(event);
	}
	if (ret == -ENOBUFS) {
		for (struct site *s = d->sites; s; s = s->next)
			site_look(s);
	} else if (ret != -EAGAIN) {
		log_err(&d->log, "events: %s", strerror(-ret));
	}
}

static void disconnect(struct daemon *d)
{
	if (d->events)
		loop_unwatch(&d->loop, &d->event_watch);
	ovpp_nl_close(d->events);
	ovpp_nl_close(d->nl);
	d->events = NULL;
	d->nl = NULL;
	d->connected = false;
}

/* The family has another id each time that the module is loaded. */
static int connect_kernel(struct daemon *d)
{
	int ret, fd;

	disconnect(d);
	ret = ovpp_nl_open(&d->nl);
	if (!ret)
		ret = ovpp_nl_open(&d->events);
	if (ret)
		return ret;
	fd = ovpp_nl_subscribe(d->events);
	if (fd < 0)
		return fd;
	d->event_watch.ready = events_ready;
	d->event_watch.arg = d;
	d->event_watch.fd = fd;
	loop_watch(&d->loop, &d->event_watch);
	d->connected = true;
	return 0;
}

/* Begins to serve a site of the desired state, or takes over its changes. */
static void serve(struct daemon *d, const json_t *desired, json_t *errors)
{
	const char *name = json_string_value(get(get(desired, "site"), "name"));
	json_t *req = json_pack("{s:s}", "name", name), *have = NULL;
	struct site *s;
	uint32_t id;
	int ret;

	ret = ovpp_nl_do(d->nl, "site-get", req, &have);
	json_decref(req);
	if (ret)
		return;
	id = (uint32_t)json_integer_value(get(have, "id"));
	s = find_site(d, id);
	if (!s) {
		ret = site_open(d, name, id, &s);
		if (!ret) {
			s->next = d->sites;
			d->sites = s;
			note_ders(d, s);
		}
	}
	if (!ret)
		ret = site_update(s, desired,
				  (uint32_t)json_integer_value(get(have, "heartbeat_ms")));
	if (ret)
		json_array_append_new(
			errors, json_sprintf("site %s: /dev/ovpp%u: %s", name, id, strerror(-ret)));
	json_decref(have);
}

/* Ends the service of sites that are not desired any more. */
static void close_undesired(struct daemon *d)
{
	json_t *site;
	size_t i;

	for (struct site *s = d->sites; s; s = s->next) {
		bool wanted = false;

		json_array_foreach (get(d->desired, "sites"), i, site)
			wanted |=
				!strcmp(s->name, json_string_value(get(get(site, "site"), "name")));
		if (!wanted)
			site_close(s);
	}
}

/* Keeps a desired state that was applied without any error, without secrets (config.h). */
static void keep_state(struct daemon *d)
{
	json_t *state = json_copy(d->desired);
	char *text;

	json_object_del(state, "chain");
	if (json_equal(d->before, state)) {
		json_decref(state);
		return;
	}
	text = json_dumps(state, JSON_COMPACT);
	if (text)
		store_note_state(d->store, "desired", text);
	free(text);
	json_decref(d->before);
	d->before = state;
}

/* Who stores records, and who anchors them, do it as is desired now. */
static void update_chain(struct daemon *d)
{
	struct ovpp_outbox_target target;
	bool anchored = !config_chain_target(d->desired, &target);
	int ret = chain_set(d->chain, json_object_get(d->desired, "chain"));

	store_set_target(d->store, anchored ? &target : NULL);
	if (ret)
		log_err(&d->log, "chain: %s", strerror(-ret));
}

/* Sites that run already get their heartbeats while others are set up. */
static void serve_between(void *arg)
{
	struct daemon *d = arg;

	loop_round(&d->loop, false);
}

static void apply(struct daemon *d)
{
	struct apply_report report = {json_array(), json_array(), serve_between, d};
	const char *missing = "the module openvpp is not loaded";
	json_t *site;
	size_t i;
	int ret = 0;

	d->applying = true;
	close_undesired(d);
	if (!d->connected)
		ret = connect_kernel(d);
	if (!ret)
		ret = apply_desired(d->nl, d->desired, d->before, &report);
	if (ret) {
		json_array_append_new(report.errors,
				      json_string(ret == -ENOENT ? missing : strerror(-ret)));
		d->connected = false;
	} else {
		json_array_foreach (get(d->desired, "sites"), i, site)
			serve(d, site, report.errors);
	}
	d->applying = false;
	log_all(d, LOG_LEVEL_INFO, report.changes);
	json_decref(report.changes);
	set_errors(d, report.errors);
	if (!json_array_size(d->errors))
		keep_state(d);
	d->retry.at_ns = !d->connected		      ? clock_mono() + RECONNECT_NS
			 : json_array_size(d->errors) ? clock_mono() + RETRY_NS
						      : 0;
}

static void retry_due(void *arg)
{
	struct daemon *d = arg;

	/* It sets this timer itself when it has ended. */
	if (!d->applying)
		apply(d);
}

void daemon_site_lost(struct daemon *d, struct site *site)
{
	log_warning(&d->log, "site %s: its device is gone", site->name);
	site_close(site);
	/* The module may be another one when it comes back. */
	d->connected = false;
	d->retry.at_ns = clock_mono() + RECONNECT_NS;
}

void daemon_refuse(struct daemon *d, const char *site)
{
	log_err(&d->log,
		"site %s: its heartbeat belongs to another process: is"
		" another daemon running?",
		site);
	d->exit = DAEMON_REFUSED;
	d->stop = true;
}

static void reap_sites(struct daemon *d)
{
	struct site **p = &d->sites;

	while (*p) {
		struct site *s = *p, *next = s->next;

		if (site_reap(s))
			*p = next;
		else
			p = &s->next;
	}
}

/* A file that is not right changes nothing. */
static void reload(struct daemon *d)
{
	json_t *errors = json_array(), *desired;
	struct ovpp_retention limits;
	char text[64];

	d->reload = false;
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%llu",
		 (unsigned long long)(clock_mono() / 1000));
	notify_send(text);
	tzset();
	if (config_load(d->config_path, &desired, errors)) {
		log_all(d, LOG_LEVEL_ERR, errors);
		log_err(&d->log, "the configuration stays as it was");
	} else {
		log_info(&d->log, "%s is read again", d->config_path);
		json_decref(d->desired);
		d->desired = desired;
		d->restored = false;
		limits = daemon_limits(d);
		store_set_limits(d->store, &limits);
		update_chain(d);
		proxies_update(d);
		apply(d);
	}
	json_decref(errors);
	notify_send("READY=1");
}

static void signal_ready(void *arg)
{
	struct daemon *d = arg;
	struct signalfd_siginfo info;

	while (read(d->signals.fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			d->reload = true;
		else
			d->stop = true;
	}
}

static void stored_ready(void *arg)
{
	struct daemon *d = arg;
	eventfd_t n;

	eventfd_read(d->stored.fd, &n);
	for (struct site *s = d->sites; s; s = s->next)
		if (s->stalled && !s->closing)
			site_drain(s);
}

/* A timer that never comes, to be told when the clock is set. */
static void arm_clock(struct daemon *d)
{
	struct itimerspec far = {
		.it_value.tv_sec = (time_t)(clock_real() / CLOCK_S) + 10 * 366 * 86400,
	};

	timerfd_settime(d->clock.fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &far, NULL);
}

static void clock_ready(void *arg)
{
	struct daemon *d = arg;
	uint64_t n;

	if (read(d->clock.fd, &n, sizeof(n)) < 0 && errno == EAGAIN)
		return;
	arm_clock(d);
	log_info(&d->log, "the wall clock was set");
	for (struct site *s = d->sites; s; s = s->next)
		site_clock_set(s);
}

static void watchdog_due(void *arg)
{
	struct daemon *d = arg;

	notify_send("WATCHDOG=1");
	d->watchdog.at_ns = clock_mono() + d->watchdog_ns / 2;
}

static int watch(struct daemon *d, struct loop_watch *w, int fd, void (*ready)(void *arg))
{
	if (fd < 0)
		return -errno;
	w->fd = fd;
	w->ready = ready;
	w->arg = d;
	loop_watch(&d->loop, w);
	return 0;
}

static int set_up(struct daemon *d)
{
	const char *socket = json_string_value(get(d->desired, "socket"));
	sigset_t set;
	int ret;

	ret = loop_init(&d->loop);
	if (ret)
		return ret;
	/* Before any other thread starts: it inherits the mask. */
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	ret = watch(d, &d->signals, signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), signal_ready);
	if (!ret)
		ret = watch(d, &d->clock,
			    timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK),
			    clock_ready);
	if (!ret)
		ret = watch(d, &d->stored, store_fd(d->store), stored_ready);
	if (ret)
		return ret;
	arm_clock(d);
	d->retry = (struct loop_timer){.fire = retry_due, .arg = d};
	d->watchdog = (struct loop_timer){.fire = watchdog_due, .arg = d};
	loop_timer_add(&d->loop, &d->retry);
	loop_timer_add(&d->loop, &d->watchdog);
	ret = status_open(&d->status, d, socket);
	if (ret)
		log_warning(&d->log, "no status socket: %s: %s", socket, strerror(-ret));
	return 0;
}

static void set_flag(void *arg)
{
	*(bool *)arg = true;
}

/*
 * Stops serving, with the records that have come until now stored. A request that
 * waits for a device or for records ends no sooner for being canceled, but with the
 * ring of the loop: what is not over in time stays allocated, since the kernel may
 * still write an answer there.
 */
static void tear_down(struct daemon *d)
{
	bool late = false;
	struct loop_timer patience = {
		.fire = set_flag, .arg = &late, .at_ns = clock_mono() + STOP_NS};

	d->retry.at_ns = 0;
	loop_timer_add(&d->loop, &patience);
	proxies_close(d);
	for (struct site *s = d->sites; s; s = s->next)
		site_close(s);
	/* What has nothing busy ends without any completion. */
	proxies_reap(d);
	while ((d->sites || d->proxies) && !late && !loop_round(&d->loop, true)) {
		reap_sites(d);
		proxies_reap(d);
	}
	loop_timer_remove(&d->loop, &patience);
	status_close(&d->status);
	disconnect(d);
	if (d->signals.fd >= 0)
		close(d->signals.fd);
	if (d->clock.fd >= 0)
		close(d->clock.fd);
	json_decref(d->errors);
	loop_exit(&d->loop);
}

enum daemon_exit daemon_run(struct daemon *d)
{
	struct ovpp_retention limits = daemon_limits(d);
	int ret;

	d->signals.fd = -1;
	d->clock.fd = -1;
	d->errors = json_array();
	ret = set_up(d);
	if (!ret)
		ret = store_start(d->store, &limits);
	if (!ret) {
		update_chain(d);
		proxies_update(d);
		apply(d);
		notify_send("READY=1");
		d->watchdog_ns = notify_watchdog_ns();
		if (d->watchdog_ns)
			watchdog_due(d);
	}
	while (!ret && !d->stop) {
		ret = loop_round(&d->loop, true);
		reap_sites(d);
		proxies_reap(d);
		if (d->reload)
			reload(d);
	}
	notify_send("STOPPING=1");
	if (ret) {
		log_err(&d->log, "%s", strerror(-ret));
		d->exit = DAEMON_FAILED;
	}
	tear_down(d);
	return d->exit;
}

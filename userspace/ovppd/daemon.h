/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemon: what it wants, what it serves, and what happens to it. */
#ifndef OVPPD_DAEMON_H
#define OVPPD_DAEMON_H

#include <jansson.h>
#include <stdbool.h>

#include "log.h"
#include "loop.h"
#include "nl.h"
#include "status.h"
#include "store.h"

struct chain;
struct proxy;
struct proxy_bus;
struct site;

/* Exit statuses. */
enum daemon_exit {
	DAEMON_DONE = 0,
	DAEMON_CONFIG = 1,
	DAEMON_USAGE = 2,
	DAEMON_REFUSED = 3,
	DAEMON_FAILED = 4,
};

/**
 * struct daemon - the daemon
 * @log: log
 * @config_path: configuration file
 * @desired: desired state, see config.h
 * @before: the desired state that was applied last, kept in the ledger; or NULL
 * @restored: @desired comes from the ledger, not from the file
 * @store: the ledger
 * @chain: the chain's thread
 * @loop: event loop
 * @nl: requests; NULL before the module is there
 * @events: subscribed client, or NULL
 * @connected: @nl and @events are of the module that is loaded now
 * @errors: what is not as desired now: texts
 * @sites: open sites
 * @proxies: open proxies
 * @proxy_buses: the buses that they reach
 * @status: status socket
 * @signals: SIGTERM, SIGINT, SIGHUP
 * @stored: the store has empty batches again
 * @clock: tells when the wall clock is set
 * @event_watch: @events
 * @retry: applies again what could not be applied
 * @watchdog: tells the service manager that we live
 * @watchdog_ns: how often; 0: not at all
 * @applying: in apply(), which lets the loop run in between
 * @reload: SIGHUP came
 * @stop: a signal or an error ends the daemon
 * @exit: exit status
 */
struct daemon {
	struct logger log;
	const char *config_path;
	json_t *desired;
	json_t *before;
	bool restored;
	struct store *store;
	struct chain *chain;
	struct loop loop;
	struct ovpp_nl *nl;
	struct ovpp_nl *events;
	bool connected;
	json_t *errors;
	struct site *sites;
	struct proxy *proxies;
	struct proxy_bus *proxy_buses;
	struct status status;
	struct loop_watch signals;
	struct loop_watch stored;
	struct loop_watch clock;
	struct loop_watch event_watch;
	struct loop_timer retry;
	struct loop_timer watchdog;
	uint64_t watchdog_ns;
	bool applying;
	bool reload;
	bool stop;
	enum daemon_exit exit;
};

/* Runs until a signal ends it. @d has log, config_path, desired, before, store and
 * chain. */
enum daemon_exit daemon_run(struct daemon *d);

/* The open site of this name, or NULL. */
struct site *daemon_site(const struct daemon *d, const char *name);

/* A site's device is gone: it is closed, and everything applied again soon. */
void daemon_site_lost(struct daemon *d, struct site *site);

/* Another process owns a site's heartbeat for good: the daemon ends. */
void daemon_refuse(struct daemon *d, const char *site);

/* Retention in the ledger, by the desired state. */
struct ovpp_retention daemon_limits(const struct daemon *d);

#endif /* OVPPD_DAEMON_H */

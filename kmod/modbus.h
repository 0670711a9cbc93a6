/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A serial line with Modbus RTU devices, as a bus. The master is core/line.h; here
 * is what it is told and who carries out what it says: requests from the messages
 * of the DER (modbus.c), the thread, and requests from outside (modbus_line.c), all
 * over a port (port.h).
 *
 *   loop -> send() -> mailbox -\
 *   outside -> a queue --------> thread -> port -> device
 *   image <- bus.h <- outcome <- bytes <- port
 *   outside <- outcome <- thread <-/
 *
 * modbus->lock is raw and held for a look at the line; under it only the timer is
 * set. Whoever has something to send takes it, does that, and wakes the thread. Only
 * the thread writes to the port; nothing is allocated on the way of a command.
 *
 * An answer to one of a DER's own requests is handed on by whoever brings its last
 * byte. The thread sleeps meanwhile: it has nothing to do before the silence that
 * follows is over and something is due, and the timer wakes it then. All else that
 * ends is the thread's.
 *
 * Serial data are advisory: a tick takes the newest values with their age and
 * leaves its commands. It never waits for the line.
 */
#ifndef OVPP_MODBUS_H
#define OVPP_MODBUS_H

#include <linux/hashtable.h>
#include <linux/hrtimer.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/netlink.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include <uapi/linux/openvpp.h>

#include "core/line.h"
#include "port.h"

struct ovpp_bus;
struct ovpp_der;
struct ovpp_modbus_client;

/* A look at every item is what the lock is held for. */
#define OVPP_MODBUS_ITEMS_MAX 1024

#define OVPP_MODBUS_HASH_BITS 6

/**
 * struct ovpp_modbus_unit - a device on the line
 * @node: in modbus->units
 * @users: DER that it is; several may share one
 * @line: what the master knows of it
 */
struct ovpp_modbus_unit {
	struct list_head node;
	unsigned int users;
	struct ovpp_line_unit line;
};

/**
 * struct ovpp_modbus_item - a request made of the messages of a DER
 * @line: what the master asks
 * @client: whose it is
 * @node: a write: in modbus->writes, by @tx_id
 * @tx_id: a write: identifier of its message
 * @keep: function 22: bits that no signal has
 * @tries: how often it was on the line, whatever came of it
 * @until: ovpp_modbus_settle(): the value of @tries that is enough
 */
struct ovpp_modbus_item {
	struct ovpp_line_item line;
	struct ovpp_modbus_client *client;
	struct hlist_node node;
	u32 tx_id;
	u8 keep[2];
	u32 tries;
	u32 until;
};

/**
 * struct ovpp_modbus_client - a DER on the line
 * @node: in modbus->clients
 * @der: the DER
 * @id: its id
 * @unit: its unit
 * @reported_ns: when a refusal was last reported
 * @n: length of @item
 * @item: its requests
 */
struct ovpp_modbus_client {
	struct list_head node;
	struct ovpp_der *der;
	u32 id;
	struct ovpp_modbus_unit *unit;
	u64 reported_ns;
	unsigned int n;
	struct ovpp_modbus_item item[] __counted_by(n);
};

/**
 * struct ovpp_modbus - a line
 * @ref: the bus has one, and every request from outside
 * @bus: the bus
 * @node: in the list of all lines; RTNL
 * @task: the thread, from attach() to detach()
 * @port: the port, NULL if there is none; changed while the thread is parked. It
 *	may have gone: then @up is false.
 * @settled: who waits for the last commands of a DER
 * @clients: DER; site->lock
 * @units: devices; site->lock
 * @path: stable name of the tty; ""; site->lock
 * @has_rs485: @rs485 was given; site->lock
 * @rs485: see struct ovpp_bus_config; site->lock
 * @foreign_write: likewise; site->lock
 * @serdev: its port is a serdev device, which comes back by its name; site->lock
 * @kicked: the thread has something to look at
 * @tx: what the port has not taken yet; the thread's
 * @tx_left: length of @tx; written by the thread
 * @out: the outcome at hand; the thread's
 * @heard: likewise; of who brings bytes, of whom there is one at a time
 * @lock: protects all below
 * @timer: kicks the thread when it is to look again; who has looked sets it. It may
 *	expire once more when there is nothing to do.
 * @settings: of the port, or of the last one
 * @up: there is a port
 * @line: the master
 * @table: its items, room for OVPP_MODBUS_ITEMS_MAX
 * @writes: items that write, by the identifier of their message
 * @calls: requests from outside that have not ended
 */
struct ovpp_modbus {
	struct kref ref;
	struct ovpp_bus *bus;
	struct list_head node;
	struct task_struct *task;
	struct ovpp_port *port;
	wait_queue_head_t settled;
	struct list_head clients;
	struct list_head units;
	char path[OPENVPP_PATH_MAX + 1];
	bool has_rs485;
	u32 rs485;
	bool foreign_write;
	bool serdev;
	atomic_t kicked;
	const u8 *tx;
	size_t tx_left;
	struct ovpp_line_outcome out;
	struct ovpp_line_outcome heard;

	raw_spinlock_t lock;
	struct hrtimer timer;
	struct ovpp_port_settings settings;
	bool up;
	struct ovpp_line line;
	struct ovpp_line_item *table[OVPP_MODBUS_ITEMS_MAX];
	DECLARE_HASHTABLE(writes, OVPP_MODBUS_HASH_BITS);
	struct list_head calls;
};

/**
 * struct ovpp_modbus_call - a request from outside
 * @f: request; when it has ended, the PDU of its answer
 * @node: in modbus->calls. Who takes it off, under modbus->lock, ends it.
 * @line: line, with a reference; NULL before it was submitted
 * @done: it has ended: length of the answer in f.pdu or -errno, see struct
 *	ovpp_uring_modbus. Any context but hard interrupt.
 */
struct ovpp_modbus_call {
	struct ovpp_line_foreign f;
	struct list_head node;
	struct ovpp_modbus *line;
	void (*done)(struct ovpp_modbus_call *call, int result);
};

/**
 * struct ovpp_modbus_view - a line at one moment
 * @settings: of its port, or of the last one
 * @stats: counters
 * @busy_ppm: share of the last second in which it was in use
 */
struct ovpp_modbus_view {
	struct ovpp_port_settings settings;
	struct ovpp_line_stats stats;
	u32 busy_ppm;
};

void ovpp_modbus_look(struct ovpp_bus *bus, struct ovpp_modbus_view *view);
/* Under site->lock. False if the DER is on no line. */
bool ovpp_modbus_look_unit(struct ovpp_der *der, struct ovpp_line_unit *unit);

/*
 * A serdev device of this name is there: the line that has lost it gets it back.
 * Process context, without RTNL.
 */
void ovpp_modbus_return(const char *name);

/* modbus_line.c */

/* The thread is created, not yet woken. Process context. */
int ovpp_modbus_start(struct ovpp_modbus *m);
/*
 * When it returns nothing is written any more. Answers are handed on until the port
 * is unbound; it may still be kicked.
 */
void ovpp_modbus_stop(struct ovpp_modbus *m);
/* The timer's function. */
enum hrtimer_restart ovpp_modbus_timer(struct hrtimer *timer);
/* The thread's priority follows the loop's. Under site->lock. 0 or -errno. */
int ovpp_modbus_prioritise(struct ovpp_modbus *m, struct task_struct *task);
/* Wakes the thread. Any context. */
void ovpp_modbus_kick(struct ovpp_modbus *m);

/* Called by ports; see port.h. */
int ovpp_modbus_bound(struct ovpp_modbus *m, struct ovpp_port *port,
		      struct netlink_ext_ack *extack);
void ovpp_modbus_lost(struct ovpp_modbus *m);
void ovpp_modbus_retime(struct ovpp_modbus *m,
			const struct ovpp_port_settings *settings);
void ovpp_modbus_room(struct ovpp_modbus *m);

/**
 * ovpp_modbus_receive() - bytes came
 * @m: line
 * @data: bytes
 * @len: their number
 * @bad: characters among them or between them with an error
 *
 * Hands on the answer that they complete.
 *
 * Context: any but hard interrupt, under RCU; one caller at a time.
 */
void ovpp_modbus_receive(struct ovpp_modbus *m, const u8 *data, size_t len,
			 unsigned int bad);

/**
 * ovpp_modbus_submit() - put a request from outside in the queue
 * @bus: bus, of any type
 * @call: f.unit, f.len, f.pdu, done and an initialised node; the line's until done()
 *	is called or ovpp_modbus_withdraw() returns true, if 0 is returned
 * @timeout_ms: how long it may wait for the line
 *
 * Context: process, under site->lock.
 *
 * Return: 0 or -errno, see struct ovpp_uring_modbus.
 */
int ovpp_modbus_submit(struct ovpp_bus *bus, struct ovpp_modbus_call *call,
		       u32 timeout_ms);
/* True if it is the caller's again; false if it has ended, or not begun. */
bool ovpp_modbus_withdraw(struct ovpp_modbus_call *call);
/* Drops what a call that was submitted holds. Any context. */
void ovpp_modbus_call_put(struct ovpp_modbus_call *call);
/* The line goes: ends all of them with -ENODEV. */
void ovpp_modbus_end_calls(struct ovpp_modbus *m);

void ovpp_modbus_put(struct ovpp_modbus *m);

#endif /* OVPP_MODBUS_H */

// SPDX-License-Identifier: GPL-2.0-or-later
#include "evm_session_priv.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "outbox_run.h"

/* Before it is looked again what another process has done. */
#define NAP_MS 200

/* ---- running an outbox ---- */

static void nap(void)
{
	struct timespec t = {.tv_nsec = NAP_MS * 1000000};

	nanosleep(&t, NULL);
}

/* Runs it here, with the lock held. */
static int run_outbox(struct ovpp_evm_session *s, const struct ovpp_evm_sender *from,
		      bool (*stop)(void *arg), void *arg)
{
	struct ovpp_outbox_options options = ovpp_chain_config_outbox(s->config, from->key);
	struct ovpp_outbox *o;
	sqlite3 *sql;
	int ret = ovpp_outbox_database(from->database, &sql, s->error, sizeof(s->error));

	if (ret)
		return ret;
	ret = ovpp_outbox_open(sql, &options, &o);
	if (ret) {
		evm_session_fail(s, ret, "%s: the outbox cannot be opened: %s", from->database,
				 strerror(-ret));
	} else {
		ovpp_outbox_run(o, s->rpc, stop, arg);
		ovpp_outbox_close(o);
	}
	sqlite3_close(sql);
	return ret;
}

int ovpp_evm_run(struct ovpp_evm_session *s, const struct ovpp_evm_sender *from,
		 bool (*stop)(void *arg), void *arg)
{
	int fd, ret = 0;

	while (!ret && !stop(arg)) {
		fd = ovpp_outbox_lock(from->database, s->error, sizeof(s->error));
		if (fd == -EBUSY) {
			nap();
		} else if (fd < 0) {
			ret = fd;
		} else {
			ret = run_outbox(s, from, stop, arg);
			close(fd);
		}
	}
	return ret;
}

/* ---- one call ---- */

/**
 * struct sending - a call on its way
 * @sql: database, for looking at it
 * @from: who sends
 * @id: of the call
 * @until: state that is waited for
 * @result: of the call
 * @ret: of the last look
 * @given_up: progress() does not want to wait any longer
 */
struct sending {
	sqlite3 *sql;
	const struct ovpp_evm_sender *from;
	int64_t id;
	enum ovpp_outbox_state until;
	struct ovpp_outbox_call_result *result;
	int ret;
	bool given_up;
};

static bool is_done(const struct sending *w)
{
	switch (w->result->state) {
	case OVPP_OUTBOX_FINAL:
	case OVPP_OUTBOX_REVERTED:
		return true;
	case OVPP_OUTBOX_MINED:
	case OVPP_OUTBOX_SAFE:
		return w->until == OVPP_OUTBOX_MINED;
	default:
		return false;
	}
}

/* Is there nothing more to wait for? */
static bool look(void *arg)
{
	struct sending *w = arg;

	w->ret = ovpp_outbox_call_get(w->sql, w->id, w->result);
	if (w->ret)
		return w->ret != -EBUSY;
	if (w->from->progress && !w->from->progress(w->from->arg, w->result))
		w->given_up = true;
	return is_done(w) || w->given_up || w->result->state == OVPP_OUTBOX_HELD;
}

/* Of one that is held, or not waited for. Return: 1: it goes on all the same; or -errno. */
static int take_back(struct ovpp_evm_session *s, struct sending *w)
{
	int ret = ovpp_outbox_call_cancel(w->sql, w->id);

	if (!ret && w->given_up)
		return evm_session_fail(s, -ECANCELED, "it was taken back before it was sent");
	if (!ret)
		return evm_session_fail(s, -EDQUOT, "it was taken back: %s", w->result->why);
	if (ret != -EBUSY)
		return evm_session_fail(s, ret, "%s: %s", w->from->database, strerror(-ret));
	if (w->given_up)
		return evm_session_fail(s, -EINPROGRESS,
					"it was sent, and may be mined at any time");
	return 1;
}

static int wait(struct ovpp_evm_session *s, struct sending *w)
{
	int ret;

	do {
		ret = ovpp_evm_run(s, w->from, look, w);
		if (!ret && w->ret)
			ret = evm_session_fail(s, w->ret, "%s: %s", w->from->database,
					       sqlite3_errmsg(w->sql));
		if (!ret && !is_done(w))
			ret = take_back(s, w);
	} while (ret == 1);
	if (!ret && w->result->state == OVPP_OUTBOX_REVERTED)
		ret = evm_session_fail(s, -EPROTO, "the contract refuses: %s", w->result->why);
	return ret;
}

static int add(struct ovpp_evm_session *s, struct sending *w, const struct ovpp_outbox_call *call)
{
	int ret = ovpp_outbox_database(w->from->database, &w->sql, s->error, sizeof(s->error));

	if (ret)
		return ret;
	ret = ovpp_outbox_call_add(w->sql, s->config->network->chain_id,
				   ovpp_evm_key_address(w->from->key), call, &w->id);
	return ret ? evm_session_fail(s, ret, "%s: %s", w->from->database, sqlite3_errmsg(w->sql))
		   : 0;
}

int ovpp_evm_send(struct ovpp_evm_session *s, const struct ovpp_evm_sender *from,
		  enum ovpp_contract contract, const char *what, const char *signature,
		  const struct ovpp_abi *arg, size_t n_args, enum ovpp_outbox_state until,
		  struct ovpp_outbox_call_result *result)
{
	const struct ovpp_deployed *d = &s->config->deployment.contract[contract];
	struct sending w = {.from = from, .until = until, .result = result};
	struct ovpp_outbox_call call = {.what = what};
	struct ovpp_buffer data = {0};
	int ret = evm_session_check(s, contract);

	*result = (struct ovpp_outbox_call_result){0};
	if (!ret) {
		ret = ovpp_abi_encode_call(signature, arg, n_args, &data);
		if (ret)
			evm_session_fail(s, ret, "%s: %s", signature, strerror(-ret));
	}
	memcpy(call.to, d->address, sizeof(call.to));
	memcpy(call.code, d->code, sizeof(call.code));
	call.data = data.data;
	call.size = data.size;
	if (!ret)
		ret = add(s, &w, &call);
	if (!ret)
		ret = wait(s, &w);
	sqlite3_close(w.sql);
	ovpp_buffer_free(&data);
	return ret;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "outbox_run.h"

#include <time.h>

/* No longer, so that a reason to stop is seen. */
#define NAP_MS 200

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void nap(uint64_t ms)
{
	struct timespec t = {.tv_nsec = (long)(ms < NAP_MS ? ms : NAP_MS) * 1000000};

	nanosleep(&t, NULL);
}

void ovpp_outbox_run(struct ovpp_outbox *o, struct ovpp_rpc *rpc, bool (*stop)(void *arg),
		     void *arg)
{
	struct ovpp_eth_answer answer;
	struct ovpp_eth_request req;
	uint64_t now, wake;
	int ret;

	while (!stop(arg)) {
		now = now_ms();
		ret = ovpp_outbox_next(o, now, &req, &wake);
		if (ret != 1) {
			nap(!ret && wake > now ? wake - now : NAP_MS);
			continue;
		}
		ovpp_rpc_ask(rpc, &req, &answer);
		ovpp_outbox_answer(o, now_ms(), &answer);
		ovpp_eth_answer_free(&answer);
	}
}

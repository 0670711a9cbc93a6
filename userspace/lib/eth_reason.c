// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a call that reverted gives back, in words: what the contract says itself, or the
 * name of an error (of contracts/src, and of OpenZeppelin what they come upon).
 */
#include "eth.h"

#include <stdio.h>
#include <string.h>

/**
 * struct revert - an error
 * @name: for people
 * @arguments: that its signature has behind the name
 */
struct revert {
	const char *name;
	const char *arguments;
};

static const struct revert reverts[] = {
	{"AlreadyAttested", "()"},
	{"AttestorsChanged", "()"},
	{"Expired", "(uint256)"},
	{"InvalidProof", "()"},
	{"MalformedKey", "()"},
	{"NoName", "()"},
	{"NoOperator", "()"},
	{"NoQuorum", "()"},
	{"NoSuchKey", "(uint256)"},
	{"NotARegistration", "()"},
	{"NotAttestor", "()"},
	{"NotAuthorized", "()"},
	{"NotEnoughBond", "()"},
	{"NotGuardian", "()"},
	{"NotLedger", "()"},
	{"NotPossessed", "()"},
	{"NotProposer", "()"},
	{"NotRegistry", "()"},
	{"NotSignedByOwner", "()"},
	{"NothingPending", "()"},
	{"NothingToClaim", "()"},
	{"OverFunds", "()"},
	{"OverStepCap", "()"},
	{"Pending", "()"},
	{"Refused", "(uint8)"},
	{"TotalDecreases", "()"},
	{"UnequalLengths", "()"},
	{"UnknownKeyType", "(uint8)"},
	{"UnknownParameter", "(bytes32)"},
	{"WindowOpen", "(uint48)"},
	{"WrongEpoch", "(uint48)"},
	{"WrongInterval", "()"},
	{"WrongOwner", "(address)"},
	{"WrongParameters", "(bytes32)"},
	{"WrongProposal", "()"},
	{"WrongTerms", "()"},
	{"WrongType", "(uint256)"},
	{"ZeroRoot", "()"},
	{"GovernorAlreadyCastVote", "(address)"},
	{"GovernorInsufficientProposerVotes", "(address,uint256,uint256)"},
	{"GovernorNonexistentProposal", "(uint256)"},
	{"GovernorOnlyExecutor", "(address)"},
	{"GovernorRestrictedProposer", "(address)"},
	{"GovernorUnableToCancel", "(uint256,address)"},
	{"GovernorUnexpectedProposalState", "(uint256,uint8,bytes32)"},
	{"TimelockUnauthorizedCaller", "(address)"},
	{"TimelockUnexpectedOperationState", "(bytes32,bytes32)"},
	{"ERC20InsufficientAllowance", "(address,uint256,uint256)"},
	{"ERC20InsufficientBalance", "(address,uint256,uint256)"},
	{"ERC20InvalidReceiver", "(address)"},
	{"ERC721InvalidReceiver", "(address)"},
	{"ERC721NonexistentToken", "(uint256)"},
	{"OwnableUnauthorizedAccount", "(address)"},
};

/* NULL: it is none of theirs. */
static const char *name_of(const uint8_t selector[OVPP_SELECTOR_SIZE])
{
	char signature[80];
	ovpp_hash topic;

	for (size_t i = 0; i < sizeof(reverts) / sizeof(*reverts); i++) {
		strcpy(stpcpy(signature, reverts[i].name), reverts[i].arguments);
		ovpp_abi_topic(signature, topic);
		if (!memcmp(topic, selector, OVPP_SELECTOR_SIZE))
			return reverts[i].name;
	}
	return NULL;
}

/* Text of a contract: it may be anything. */
static void copy_printable(const struct ovpp_abi *v, char *text, size_t size)
{
	size_t n = v->size < size ? v->size : size - 1;

	for (size_t i = 0; i < n; i++)
		text[i] = v->data[i] >= ' ' && v->data[i] < 0x7f ? (char)v->data[i] : '?';
	text[n] = '\0';
}

/* The data as a call of this one argument; its selector says which error it is. */
static bool is_error(const struct ovpp_buffer *data, const char *signature, struct ovpp_abi *v)
{
	size_t n = 1;

	return !ovpp_abi_decode_call(signature, data->data, data->size, v, &n);
}

bool ovpp_eth_reason(const struct ovpp_buffer *data, char *text, size_t size)
{
	char selector[2 * OVPP_SELECTOR_SIZE + 1];
	struct ovpp_abi v;
	const char *name;

	if (data->size < OVPP_SELECTOR_SIZE)
		return false;
	name = name_of(data->data);
	ovpp_hex(data->data, OVPP_SELECTOR_SIZE, selector);
	if (is_error(data, "Error(string)", &v))
		copy_printable(&v, text, size);
	else if (is_error(data, "Panic(uint256)", &v))
		snprintf(text, size, "panic 0x%02x", v.word[31]);
	else if (name)
		snprintf(text, size, "%s", name);
	else
		snprintf(text, size, "error 0x%s", selector);
	return true;
}

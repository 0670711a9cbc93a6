// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Config, Contracts, Deployment} from "./Deployment.sol";
import {vm} from "./Vm.sol";

/**
 * Deploys everything to the chain that --rpc-url names, as $OVPP_CONFIG says
 * (deploy/local.json), and writes the addresses to $OVPP_DEPLOYMENT
 * (deploy/deployment.json).
 */
contract Deploy {
    error TooLong(string name);

    function run() external {
        Config memory config = _read(vm.readFile(vm.envOr("OVPP_CONFIG", string("deploy/local.json"))));
        uint256 first = block.number;

        vm.startBroadcast();
        (, address sender,) = vm.readCallers();
        Contracts memory d = Deployment.deploy(config, sender);
        vm.stopBroadcast();
        vm.writeJson(_json(d, first), vm.envOr("OVPP_DEPLOYMENT", string("deploy/deployment.json")));
    }

    function _read(string memory json) private pure returns (Config memory c) {
        c.cap = vm.parseJsonUint(json, ".token.cap");
        c.holder = vm.parseJsonAddress(json, ".token.holder");
        c.supply = vm.parseJsonUint(json, ".token.supply");
        c.timelockDelay = vm.parseJsonUint(json, ".governance.timelock_delay_s");
        c.votingDelay = uint48(vm.parseJsonUint(json, ".governance.voting_delay_s"));
        c.votingPeriod = uint32(vm.parseJsonUint(json, ".governance.voting_period_s"));
        c.proposalThreshold = vm.parseJsonUint(json, ".governance.proposal_threshold");
        c.quorumPercent = vm.parseJsonUint(json, ".governance.quorum_percent");
        c.terms.stepCap = uint128(vm.parseJsonUint(json, ".rewards.step_cap"));
        c.terms.bond = uint128(vm.parseJsonUint(json, ".rewards.bond"));
        c.terms.window = uint48(vm.parseJsonUint(json, ".rewards.window_s"));
        c.terms.quorum = uint32(vm.parseJsonUint(json, ".rewards.quorum"));
        c.attestors = vm.parseJsonAddressArray(json, ".rewards.attestors");
        c.guardian = vm.parseJsonAddress(json, ".rewards.guardian");
        c.names = _names(vm.parseJsonStringArray(json, ".parameters.names"));
        c.values = vm.parseJsonUintArray(json, ".parameters.values");
    }

    function _names(string[] memory texts) private pure returns (bytes32[] memory names) {
        names = new bytes32[](texts.length);
        for (uint256 i = 0; i < texts.length; i++) {
            if (bytes(texts[i]).length > 32) revert TooLong(texts[i]);
            names[i] = bytes32(bytes(texts[i]));
        }
    }

    function _json(Contracts memory d, uint256 first) private returns (string memory) {
        _entry("DeviceNFT", address(d.deviceNFT));
        _entry("DeviceRegistry", address(d.registry));
        _entry("OVPPGovernor", address(d.governor));
        _entry("OVPPTimelock", address(d.timelock));
        _entry("OVPPToken", address(d.token));
        _entry("ParameterStore", address(d.parameters));
        _entry("RewardClaims", address(d.rewards.claims()));
        _entry("RewardLedger", address(d.rewards));
        string memory contracts = _entry("TelemetryAnchor", address(d.anchor));

        vm.serializeUint("deployment", "chain_id", block.chainid);
        vm.serializeUint("deployment", "first_block", first);
        return vm.serializeString("deployment", "contracts", contracts);
    }

    /// code_hash: keccak256 of the code, for who wants to be sure what answers there
    function _entry(string memory name, address at) private returns (string memory) {
        vm.serializeAddress(name, "address", at);
        return vm.serializeString("contracts", name, vm.serializeBytes32(name, "code_hash", at.codehash));
    }
}

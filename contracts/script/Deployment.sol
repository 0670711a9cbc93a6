// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DeviceNFT} from "../src/DeviceNFT.sol";
import {DeviceRegistry} from "../src/DeviceRegistry.sol";
import {OVPPGovernor} from "../src/OVPPGovernor.sol";
import {OVPPTimelock} from "../src/OVPPTimelock.sol";
import {OVPPToken} from "../src/OVPPToken.sol";
import {ParameterStore} from "../src/ParameterStore.sol";
import {RewardLedger} from "../src/RewardLedger.sol";
import {TelemetryAnchor} from "../src/TelemetryAnchor.sol";
import {vm} from "./Vm.sol";

/// What a deployment decides; all of it but the cap can be changed by vote afterwards.
struct Config {
    uint256 cap;
    address holder;
    uint256 supply;
    uint256 timelockDelay;
    uint48 votingDelay;
    uint32 votingPeriod;
    uint256 proposalThreshold;
    uint256 quorumPercent;
    RewardLedger.Terms terms;
    address[] attestors;
    address guardian;
    bytes32[] names;
    uint256[] values;
}

struct Contracts {
    OVPPTimelock timelock;
    OVPPToken token;
    OVPPGovernor governor;
    DeviceRegistry registry;
    TelemetryAnchor anchor;
    ParameterStore parameters;
    RewardLedger rewards;
    DeviceNFT deviceNFT;
}

/**
 * All contracts, in one go. Two pairs know each other from their constructors on (timelock
 * and governor, registry and anchor): the address of the second one is computed before it
 * is there. So whoever deploys has no privilege at any time.
 */
library Deployment {
    error NotAsComputed();

    /// deployer: who creates the contracts, with this call
    function deploy(Config memory c, address deployer) internal returns (Contracts memory d) {
        uint256 nonce = vm.getNonce(deployer);

        d.timelock = new OVPPTimelock(c.timelockDelay, vm.computeCreateAddress(deployer, nonce + 2));
        d.token = new OVPPToken(address(d.timelock), c.cap, c.holder, c.supply);
        d.governor = new OVPPGovernor(
            d.token, d.timelock, c.votingDelay, c.votingPeriod, c.proposalThreshold, c.quorumPercent
        );
        d.anchor = TelemetryAnchor(vm.computeCreateAddress(deployer, nonce + 4));
        d.registry = new DeviceRegistry(d.anchor);
        if (new TelemetryAnchor(address(d.registry)) != d.anchor) revert NotAsComputed();
        if (!d.timelock.hasRole(d.timelock.PROPOSER_ROLE(), address(d.governor))) revert NotAsComputed();
        d.parameters = new ParameterStore(address(d.timelock), c.names, c.values);
        d.rewards =
            new RewardLedger(d.token, address(d.timelock), d.parameters, c.terms, c.attestors, c.guardian);
        d.deviceNFT = new DeviceNFT(d.registry);
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

/**
 * Holds what the ledger has promised and nobody has claimed yet, and nothing else: that a
 * wrong root cannot pay out more than was promised needs no count here, the money is not
 * there.
 *
 * The root is of a tree over what every account has earned since the beginning. A claim
 * pays the difference to what the account was paid before, so a missed epoch loses nothing.
 */
contract RewardClaims {
    using SafeERC20 for IERC20;

    IERC20 public immutable token;
    address public immutable ledger;

    bytes32 public root;

    /// What an account was paid so far.
    mapping(address account => uint256) public claimed;

    event RootSet(bytes32 root);
    event Claimed(address indexed account, uint256 cumulative);

    error NotLedger();
    error InvalidProof();
    error NothingToClaim();

    constructor(IERC20 token_) {
        token = token_;
        ledger = msg.sender;
    }

    /**
     * Pays an account what it has earned and was not paid yet; anybody may send it.
     * cumulative: what it has earned so far, as in the tree
     */
    function claim(address account, uint256 cumulative, bytes32[] calldata proof) external {
        if (!MerkleProof.verifyCalldata(proof, root, leaf(account, cumulative))) revert InvalidProof();
        uint256 before = claimed[account];
        if (cumulative <= before) revert NothingToClaim();
        claimed[account] = cumulative;
        emit Claimed(account, cumulative);
        token.safeTransfer(account, cumulative - before);
    }

    /// Of an account in the tree. Hashed twice: no inner node is a leaf.
    function leaf(address account, uint256 cumulative) public view returns (bytes32) {
        return keccak256(abi.encode(keccak256(abi.encode(block.chainid, address(this), account, cumulative))));
    }

    function setRoot(bytes32 root_) external {
        if (msg.sender != ledger) revert NotLedger();
        root = root_;
        emit RootSet(root_);
    }
}

from services.common.app import Service
from services.common.batch import Batch, Endpoint, Keys, Rows
from services.common.changes import Command
from services.common.journal import JOURNAL
from services.common.search import Page
from services.payment.ledger import Ledger, ledgers_by_order
from services.payment.refund import Refund, refunds_by_id
from services.payment.transaction import TRANSACTIONS, Transaction, TransactionQuery, transactions_by_id
from services.payment.wallet import PaymentMethod, Wallet, payment_methods_by_id, wallets_by_customer
from services.payment.wallet_changes import PaymentMethodCommand, set_default

PAYMENT = Service(
    name="payment",
    title="Payment service",
    description="The money side of orders, and stored payment methods.",
    endpoints=(
        Endpoint("/v1/ledgers:batchGetByOrder", "Ledgers by order id", Keys, Rows[Ledger], ledgers_by_order),
        Endpoint("/v1/transactions:batchGet", "Transactions by id", Keys, Rows[Transaction], transactions_by_id),
        Endpoint(
            "/v1/transactions:search",
            "Pages of transactions",
            Batch[TransactionQuery],
            Rows[Page[Transaction]],
            TRANSACTIONS.search,
        ),
        Endpoint("/v1/refunds:batchGet", "Refunds by id", Keys, Rows[Refund], refunds_by_id),
        Endpoint(
            "/v1/paymentMethods:batchGet",
            "Payment methods by id",
            Keys,
            Rows[PaymentMethod],
            payment_methods_by_id,
        ),
        Endpoint("/v1/wallets:batchGet", "Wallets by customer id", Keys, Rows[Wallet], wallets_by_customer),
        JOURNAL,
    ),
    commands=(
        Command("/v1/paymentMethods:setDefault", "Choose the default", PaymentMethodCommand, Wallet, set_default),
    ),
)

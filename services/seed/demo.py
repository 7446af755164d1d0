"""What happened lately to the demo people who have orders."""

from typing import Final

from services.seed.plots import Plot

# Newest first, about; the first page shows many shops, scripts, currencies and states.
SHOPPER_PLOTS: Final = (
    Plot(pay="BANK_TRANSFER", aim="UNPAID", shop="kaffeekontor"),
    Plot(pay="CARD", capture="SHIPMENT", aim="AWAITING_SHIPMENT", shop="tsukimido"),
    Plot(pay="WALLET", hold=True, aim="ON_HOLD", shop="circuit-bend"),
    Plot(pay="GIFT_AND_CARD", capture="SHIPMENT", aim="AWAITING_SHIPMENT", shop="atelier-lumiere"),
    Plot(pay="CARD", collect=True, aim="AWAITING_COLLECTION", shop="librairie-du-port"),
    Plot(pay="CARD", capture="SHIPMENT", parts=3, aim="PARTIALLY_SHIPPED", shop="dalbit"),
    Plot(pay="WALLET", parts=2, aim="PARTIALLY_SHIPPED", shop="nord-and-nest"),
    Plot(pay="PAY_LATER", capture="SHIPMENT", aim="IN_TRANSIT", shop="bait-al-luban"),
    Plot(pay="CARD", delivery="DELAYED", aim="DELAYED", shop="lanna-craft"),
    Plot(pay="CARD", delivery="ATTEMPTED", aim="ATTEMPTED", shop="aegean-handmade"),
    Plot(pay="WALLET", parts=2, aim="IN_TRANSIT", shop="fell-and-tarn"),
    Plot(pay="CARD", cancel="INVENTORY", aim="CANCELLED", shop="minatoya-audio"),
    Plot(pay="CARD", goodwill=True, aim="DELIVERED", shop="lion-i-med"),
    Plot(pay="CASH_ON_DELIVERY", aim="DELIVERED", shop="dar-alward"),
    Plot(pay="CARD", parts=2, aim="DELIVERED", shop="bottega-serra"),
    Plot(pay="CARD", returns=("CLOSED",), aim="RETURN_REQUESTED", shop="sandalia"),
    Plot(pay="WALLET", returns=("CLOSED",), aim="RETURN_OPEN", shop="tunnelbana-sound"),
    Plot(pay="CARD", returns=("CLOSED",), aim="RETURN_DONE", shop="aoba-bungu"),
    Plot(pay="CARD", aim="OUT_FOR_DELIVERY", shop="quiet-bookshop"),
    Plot(pay="GIFT_CARD", confirms=True, aim="COMPLETED", shop="elaionas"),
    Plot(pay="CARD", capture="SHIPMENT", cancel="CUSTOMER", aim="CANCELLED", shop="werkbank-berlin"),
)

TROUBLED_PLOTS: Final = (
    Plot(pay="CARD", trouble="ACTION", aim="UNPAID", shop="mar-de-fondo"),
    Plot(pay="CARD", trouble="ABANDONED", aim="UNPAID", shop="sandalia"),
    Plot(pay="BANK_TRANSFER", trouble="ABANDONED", aim="CANCELLED", shop="gruenzeug"),
    Plot(pay="CARD", trouble="ABANDONED", aim="CANCELLED", shop="moonrise"),
    Plot(pay="WALLET", trouble="DECLINED", aim="AWAITING_SHIPMENT", shop="circuit-bend"),
    Plot(pay="CARD", capture="SHIPMENT", hold=True, trouble="DECLINED", aim="ON_HOLD", shop="silver-acre"),
    Plot(pay="CARD", delivery="DELAYED", aim="DELAYED", shop="second-cup-roasters"),
    Plot(pay="CARD", delivery="ATTEMPTED", aim="ATTEMPTED", shop="loose-threads"),
    Plot(pay="CARD", delivery="RESENT", aim="FAILED", shop="trailhead-9"),
    Plot(pay="WALLET", delivery="RESENT", aim="IN_TRANSIT", shop="lipowa-12"),
    Plot(pay="CARD", delivery="LOST", aim="FAILED", shop="karpaty-outdoor"),
    Plot(pay="CARD", delivery="LOST", aim="CANCELLED", shop="juniper-supply"),
    Plot(pay="CARD", cancel="FRAUD", hold=True, aim="CANCELLED", shop="diwan-electronics"),
    Plot(pay="WALLET", cancel="OTHER", aim="CANCELLED", shop="thimble"),
    Plot(pay="CARD", trouble="DISPUTE", aim="DELIVERED_LATE", shop="marylebone-audio"),
    Plot(pay="CARD", trouble="CHARGEBACK", aim="LONG_AFTER", shop="giochi-curiosi"),
    Plot(pay="CARD", returns=("CLOSED",), aim="RETURN_REQUESTED", shop="big-friendly-dog"),
    Plot(pay="WALLET", returns=("CLOSED",), aim="RETURN_OPEN", shop="fika-supply"),
    Plot(pay="CARD", returns=("DECLINED",), aim="RETURN_DONE", shop="harbour-and-hound"),
    Plot(pay="CARD", returns=("CANCELED",), aim="RETURN_DONE", shop="aegean-handmade"),
    Plot(pay="CARD", returns=("DECLINED", "CLOSED"), aim="RETURN_OPEN", shop="bottega-serra"),
    Plot(pay="PAY_LATER", capture="SHIPMENT", returns=("CLOSED",), aim="RETURN_DONE", shop="aoba-bungu"),
)

"""Operations on connections that stay open: WebSocket and event streams."""

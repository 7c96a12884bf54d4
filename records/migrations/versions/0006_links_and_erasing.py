"""Links between a web visitor and another channel, and turns whose text was erased."""

import sqlalchemy as sa
from alembic import op


revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table('channel_links',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('conversation', sa.String(length=40), nullable=False),
    sa.Column('customer', sa.String(length=40), nullable=False),
    sa.Column('secret_hash', sa.String(length=64), nullable=False),
    sa.Column('channel', sa.String(length=32), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('external', sa.String(length=128), nullable=True),
    sa.Column('name', sa.Text(), nullable=True),
    sa.Column('language', sa.String(length=8), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['conversation'], ['conversations.id'], name=op.f('fk_channel_links_conversation')),
    sa.ForeignKeyConstraint(['customer'], ['customers.id'], name=op.f('fk_channel_links_customer')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_channel_links')),
    sa.UniqueConstraint('secret_hash', name=op.f('uq_channel_links_secret_hash'))
    )
    with op.batch_alter_table('channel_links', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_channel_links_conversation'), ['conversation'], unique=False)
        batch_op.create_index(batch_op.f('ix_channel_links_customer'), ['customer'], unique=False)

    with op.batch_alter_table('identities', schema=None) as batch_op:
        batch_op.add_column(sa.Column('linked_at', sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table('turns', schema=None) as batch_op:
        batch_op.add_column(sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table('turns', schema=None) as batch_op:
        batch_op.drop_column('erased_at')
    with op.batch_alter_table('identities', schema=None) as batch_op:
        batch_op.drop_column('linked_at')
    op.drop_table('channel_links')

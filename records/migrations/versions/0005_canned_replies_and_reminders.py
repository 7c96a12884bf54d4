"""Texts that the team sends often, and how often it was reminded of somebody who waits."""

import sqlalchemy as sa
from alembic import op


revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table('canned_replies',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('texts', sa.JSON(), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.String(length=40), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_canned_replies')),
    sa.UniqueConstraint('name', name=op.f('uq_canned_replies_name'))
    )
    with op.batch_alter_table('handoffs', schema=None) as batch_op:
        batch_op.add_column(sa.Column('reminders', sa.Integer(), server_default='0', nullable=False))


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table('handoffs', schema=None) as batch_op:
        batch_op.drop_column('reminders')
    op.drop_table('canned_replies')

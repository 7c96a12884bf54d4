"""What Firstline itself gives as a reason for a change of the live model, in each language."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("promotions") as batch_op:
        batch_op.add_column(sa.Column("sentences", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("promotions") as batch_op:
        batch_op.drop_column("sentences")
